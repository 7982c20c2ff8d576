"""Many JSON values that are needed once more at the end: kept small, a batch at a time."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from provisioning.store.bulk import encode


class Packed:
    """A hundred thousand people's actions in a tenth of the memory."""

    __slots__ = ("_batches",)

    def __init__(self) -> None:
        self._batches: list[bytes] = []

    def add(self, values: Sequence[Any]) -> None:
        """A batch, as it will be given back; of dataclasses their attributes by name."""
        if values:
            text = orjson.dumps(values, default=encode, option=orjson.OPT_PASSTHROUGH_DATETIME)
            self._batches.append(zlib.compress(text, level=1))

    def batches(self) -> Iterator[list[Any]]:
        """In the order in which they were added."""
        for batch in self._batches:
            yield orjson.loads(zlib.decompress(batch))
