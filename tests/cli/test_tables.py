"""What is printed for people: nothing that they may copy is broken, however narrow the terminal."""

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from provisioning import ids
from service.cli.tables import print_pairs, print_rows

WORDS = st.text(st.sampled_from("aé漢-_/[]"), min_size=1, max_size=40)
CELLS = st.lists(WORDS, max_size=12).map(" ".join)
ROWS = st.integers(1, 6).flatmap(
    lambda count: st.lists(
        st.tuples(*[CELLS] * count).map(
            lambda cells: {f"column {number}": cell for number, cell in enumerate(cells)}
        ),
        min_size=1,
        max_size=4,
    )
)
LONG = "nobody is in the group of contractors: nobody gets the role of an administrator by it"


def printed(rows: list[dict[str, str]], width: int, title: str = "") -> str:
    out = StringIO()
    print_rows(Console(file=out, width=width, color_system=None), rows, title)
    return out.getvalue()


@settings(max_examples=40)
@given(rows=ROWS, width=st.integers(10, 200))
def test_no_word_is_broken_at_any_width(rows: list[dict[str, str]], width: int) -> None:
    shown = printed(rows, width).split()
    for row in rows:
        for cell in row.values():
            assert set(cell.split()) <= set(shown)


@pytest.mark.parametrize("width", [30, 80, 94, 95, 300])
def test_ids_stay_whole_and_a_table_is_no_wider_than_the_terminal(width: int) -> None:
    rows = [
        {"id": ids.new(ids.MAPPING), "role": "admin", "why": LONG},
        {"id": ids.new(ids.MAPPING), "role": "owner", "why": "–"},
    ]
    shown = printed(rows, width, "findings")

    assert shown.startswith("findings")
    assert all(row["id"] in shown.split() for row in rows)
    lines = shown.splitlines()
    if "┃" in shown:
        assert max(map(len, lines)) <= width
        assert sum("│" in line for line in lines) <= 2 + 4
    else:
        assert width < 80
        assert sum("role" in line.split()[:1] for line in lines) == len(rows)


def test_a_narrow_terminal_shows_each_row_by_itself() -> None:
    rows = [{"id": "org_1", "name": "Acme"}, {"id": "org_2", "name": "two\nlines"}]

    assert printed(rows, 12, "all") == (
        "all\n\nid    org_1\nname  Acme\n\nid    org_2\nname  two\n      lines\n"
    )
    assert "┃ id    ┃ name  ┃" in printed(rows, 40)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("[bold]Acme[/bold]", "[bold]Acme[/bold]"), ("\x1b]0;Acme\x07\x9b2J", "�]0;Acme��2J")],
)
def test_what_a_tenant_has_named_does_nothing_to_the_terminal(name: str, shown: str) -> None:
    out = StringIO()
    print_pairs(Console(file=out, width=80, color_system=None), {"name": name})

    assert out.getvalue() == f"name  {shown}\n"
    assert shown in printed([{"name": name}], 80)
