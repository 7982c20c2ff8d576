"""Pool processes that outlive a killed worker would drain on, unseen: on Linux they die with it."""

import ctypes
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1


def die_with_parent(**_: Any) -> None:
    """Asks the kernel for SIGKILL when the parent ends (prctl(2)). Elsewhere a supervisor must."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
