"""What is served: the files beside this module, read once, so that no path ever reaches a disk."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

_MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""By the ending of a name; what has another ending is not served."""


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    media_type: str
    etag: str
    """Of the content, quoted as the header has it."""


def read() -> Mapping[str, File]:
    """By name, without directories."""
    return {
        entry.name: _file(entry.read_bytes(), media_type)
        for entry in resources.files("console").joinpath("static").iterdir()
        if (media_type := _MEDIA_TYPES.get(entry.name.rpartition(".")[2]))
    }


def _file(content: bytes, media_type: str) -> File:
    return File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
