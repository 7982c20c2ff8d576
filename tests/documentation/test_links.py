"""What the pages point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for directory in (ROOT, ROOT / "docs", ROOT / "docs" / "api", ROOT / "sdk")
    for path in directory.glob("*.md")
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def links(page: Path) -> list[str]:
    return [one for one in _LINK.findall(page.read_text()) if "://" not in one]


@pytest.mark.parametrize("page", ["llms.txt", *PAGES])
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    path = ROOT / page
    missing = [link for link in links(path) if not (path.parent / link).exists()]

    assert missing == []


def test_the_index_for_machines_names_every_page_but_single_decisions() -> None:
    """https://llmstxt.org: a title, a summary, then lists of links."""
    index = ROOT / "llms.txt"
    title, _, summary, *_ = index.read_text().splitlines()

    assert (title[:2], summary[:2]) == ("# ", "> ")
    assert set(PAGES) <= set(links(index))
