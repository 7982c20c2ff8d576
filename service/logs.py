"""
Logging: structured lines on stderr; stdout belongs to what a command answers.

An exception is told by its types and places, never by its message: a database's quotes the row
that it refused, and with it a person's address.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal

import orjson
import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper, add_log_level
from structlog.stdlib import ProcessorFormatter

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(log_format: Literal["json", "console"], *, level: int = logging.INFO) -> None:
    """Once per process. Celery's and uvicorn's own lines are shown from WARNING on."""
    renderer: structlog.types.Processor
    if log_format == "json":
        renderer = JSONRenderer(serializer=lambda event, **_: orjson.dumps(event).decode())
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_log_level,
        TimeStamper(fmt="iso", utc=True),
        ExceptionRenderer(_outline),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[_without_arguments, *shared],
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


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
