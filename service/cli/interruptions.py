"""SIGTERM ends a command as Ctrl-C does: what it has begun is cleaned up."""

import os
import signal
import sys
from threading import Timer
from types import FrameType

_AGAIN_SECONDS = 0.05


def end_as_by_ctrl_c() -> None:
    """Once, in the main thread."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.unraisablehook = _hear


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _hear(ignored: "sys.UnraisableHookArgs") -> None:
    """What a finalizer or a weak reference's callback raises is lost, and so is the signal."""
    if isinstance(ignored.exc_value, KeyboardInterrupt):
        Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGTERM)).start()
    else:
        sys.__unraisablehook__(ignored)
