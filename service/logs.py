"""
Logging: structured lines on stderr; stdout belongs to what a command answers.

An exception is told by its types and places, never by its message: a database's quotes the row
that it refused, and with it a person's address.
"""

import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal

import orjson
import structlog
from structlog.processors import ExceptionRenderer, TimeStamper, add_log_level
from structlog.stdlib import ProcessorFormatter

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(log_format: Literal["json", "console"], *, level: int = logging.INFO) -> None:
    """Once per process. Celery's and uvicorn's own lines are shown from WARNING on."""
    renderer: structlog.types.Processor
    lines: Callable[..., structlog.types.WrappedLogger]
    if log_format == "json":
        renderer = _json
        # Bytes in one piece: a line for each request is dear enough.
        lines = structlog.BytesLoggerFactory(sys.stderr.buffer)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        lines = structlog.PrintLoggerFactory(sys.stderr)
    shared: list[structlog.types.Processor] = [
        add_log_level,
        TimeStamper(fmt="iso", utc=True),
        ExceptionRenderer(_outline),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_without_arguments, *shared],
            processors=[ProcessorFormatter.remove_processors_meta, renderer, _text],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _json(_logger: Any, _method: str, event: Mapping[str, Any]) -> bytes:
    return orjson.dumps(event)


def _text(_logger: Any, _method: str, line: Any) -> str:
    """What Python's own handlers write."""
    return line.decode() if isinstance(line, bytes) else str(line)


def _without_arguments(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """A library's line about an exception quotes it (Celery's `%(exc)s`): only its template."""
    record: logging.LogRecord = event["_record"]
    return {**event, "event": record.msg} if record.exc_info else event


def _outline(exc_info: ExcInfo) -> str:
    return "\n".join(_lines(exc_info[1]))


def _lines(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        state = getattr(error, "sqlstate", None)
        yield type(error).__qualname__ if state is None else f"{type(error).__qualname__} {state}"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
