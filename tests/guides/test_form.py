"""The guides as texts: nothing in them only looks as if it were run."""

import re

import pytest

from tests.guides.guide import Guide, guide

FENCE = re.compile(r"^```(.*)$", re.MULTILINE)
GUIDES = ["389ds", "active-directory", "openldap"]


@pytest.mark.parametrize("name", GUIDES)
def test_every_block_is_marked_as_what_it_is(name: str) -> None:
    infos = FENCE.findall(guide(name, {}).text)
    assert not [
        info
        for info in infos
        if not re.fullmatch(r"|(?:sh|ldif|ini|toml|powershell)(?: (?:run|settings|file=[\w.-]+))?", info)
    ]
    assert infos.count("toml settings") == 1


@pytest.mark.parametrize("name", GUIDES)
def test_every_name_to_be_replaced_is_used(name: str) -> None:
    found: Guide = guide(name, {})
    words = found.text.count
    assert [each for each in found.names() if words(each) < 2] == []
