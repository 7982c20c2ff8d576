"""The browser that pages are tested with: one that is installed; the driver's is a download."""

import os
import shutil

PACKAGE = "chromium"
"""Debian's."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ELSEWHERE = "/usr/bin:/usr/local/bin:/Applications/Google Chrome.app/Contents/MacOS"


class NoBrowser(Exception):
    def __init__(self) -> None:
        super().__init__(
            f"no Chromium is on the PATH: apt-get install {PACKAGE}, or say in TEST_BROWSER"
            " where one is"
        )


def browser() -> str:
    """The program. Raises `NoBrowser`: nothing of the page is tested without, and so it fails."""
    found = os.environ.get("TEST_BROWSER") or _installed()
    if found is None:
        raise NoBrowser
    return found


def _installed() -> str | None:
    return next(filter(None, (shutil.which(name, path=_path()) for name in _NAMES)), None)


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:{_ELSEWHERE}"


if __name__ == "__main__" and _installed() is None:
    print(PACKAGE)  # noqa: T201 - for .ci/run, which installs it
