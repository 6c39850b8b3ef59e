"""The data inventory (docs/data.md) and the database tell of the same columns, and of the same export."""

import re

from resetapp.person import TOLD
from resetapp.storage.tables import Table
from tests.house.tree import text_of

HEAD = "| column | what it holds | why | how long | export |"
NOT_TOLD = {"key", "inner", "fingerprint"}


def inventory(text: str) -> dict[str, dict[str, list[str]]]:
    """Table name → column name → the other cells of its line."""
    found: dict[str, dict[str, list[str]]] = {}
    for part in re.split(r"(?m)^### ", text)[1:]:
        name, _, rest = part.partition("\n")
        _, head, lines = rest.partition(HEAD)
        if head:
            rows = [cells(line) for line in lines.split("\n\n")[0].splitlines()[2:]]
            assert len({row[0] for row in rows}) == len(rows), f"a column of {name} stands twice"
            found[name] = {row[0]: row[1:] for row in rows}
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def columns() -> dict[str, set[str]]:
    return {table.name: {column.name for column in table.columns} for table in Table.metadata.sorted_tables}


def test_the_inventory_has_every_column_and_no_other() -> None:
    assert {table: set(rows) for table, rows in inventory(text_of("docs/data.md")).items()} == columns()


def test_every_column_has_its_what_why_and_how_long() -> None:
    rows = [row for table in inventory(text_of("docs/data.md")).values() for row in table.values()]
    assert [row for row in rows if len(row) != 4 or not all(row)] == []


def test_the_inventory_says_what_the_export_tells() -> None:
    told = {table.__tablename__: set(names) for table, names in TOLD.items()}
    for table, rows in inventory(text_of("docs/data.md")).items():
        assert {column for column, row in rows.items() if row[-1] == "yes"} == told.get(table, set()), table
        assert {row[-1] for row in rows.values()} <= NOT_TOLD | {"yes"}


def test_no_fingerprint_hash_or_key_is_told() -> None:
    told = {name for names in TOLD.values() for name in names}
    assert told & {"person", "subject", "id", "request_id", "browser_hash", "token_hash", "round", "mark"} == set()


def test_a_line_that_lacks_a_cell_is_seen() -> None:
    text = f"### login\n\n{HEAD}\n|---|---|\n| id | number | | months | inner |\n\n### count\n\nnone"
    assert inventory(text) == {"login": {"id": ["number", "", "months", "inner"]}}
