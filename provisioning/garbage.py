"""How often a process looks for cycles of objects that nobody uses any more."""

import gc
from typing import Any

_MORE = (10_000, 20, 20)
"""A drain's facts are some ten thousand objects, and none of them is garbage before it ends."""


def expect_little(**_: Any) -> None:
    """
    Once per process, when all is imported and built: that stays, and is not gone through again
    and again. It was a third of what Python did in a drain of thousands.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_MORE)
