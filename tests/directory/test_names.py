"""Distinguished names are compared as names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resetapp.directory.names import DistinguishedName, InvalidName

parse = DistinguishedName.parse
NAME = "uid=freja,ou=people,dc=example,dc=dk"


@pytest.mark.parametrize(
    "same",
    [
        "UID=Freja,OU=People,DC=Example,DC=DK",
        "uid=freja, ou=people , dc=example,dc=dk",
        "uid = freja,ou=people,dc=example,dc=dk",
        "uid=fre\\6aa,ou=people,dc=example,dc=dk",
        "userid=freja,organizationalUnitName=people,domainComponent=example,dc=dk",
        "0.9.2342.19200300.100.1.1=freja,2.5.4.11=people,dc=example,dc=dk",
        "uid=\uff46reja,ou=people,dc=example,dc=dk",
    ],
)
def test_spellings_of_one_name_are_equal(same: str) -> None:
    assert parse(same) == parse(NAME)
    assert hash(parse(same)) == hash(parse(NAME))


@pytest.mark.parametrize(
    "other",
    [
        "uid=freja\\,ou=people,dc=example,dc=dk",
        "uid=freja,ou=people\\,dc=example,dc=dk",
        "cn=freja,ou=people,dc=example,dc=dk",
        "uid=freja+cn=x,ou=people,dc=example,dc=dk",
        "uid=freja,ou=people,dc=example",
        "uid=fre ja,ou=people,dc=example,dc=dk",
        "",
    ],
)
def test_other_names_are_different(other: str) -> None:
    assert parse(other) != parse(NAME)


def test_the_order_of_a_names_parts_does_not_matter_nor_do_inner_spaces() -> None:
    assert parse("cn=A  B+uid=x,dc=dk") == parse("uid=x + cn=a b,dc=dk")
    assert parse("cn=a\\20b,dc=dk") == parse("cn=a b,dc=dk")


@pytest.mark.parametrize(
    ("below", "top", "holds"),
    [
        (NAME, "ou=people,dc=example,dc=dk", True),
        (NAME, "OU=People, DC=example, DC=dk", True),
        (NAME, NAME, True),
        (NAME, "", True),
        (NAME, "ople,dc=example,dc=dk", False),
        ("ou=people,dc=example,dc=dk", NAME, False),
        ("uid=x\\,ou=vip,ou=people,dc=dk", "ou=vip,ou=people,dc=dk", False),
        ("uid=x,ou=notpeople,dc=dk", "ou=people,dc=dk", False),
    ],
)
def test_below_is_a_matter_of_whole_parts(below: str, top: str, holds: bool) -> None:
    if top.startswith("ople"):
        with pytest.raises(InvalidName):
            parse(top)
    else:
        assert parse(below).is_at_or_below(parse(top)) is holds


def test_the_leaf_is_named_by_its_attribute() -> None:
    assert parse(NAME).leaf_value("UID") == "freja"
    assert parse(NAME).leaf_value("userid") == "freja"
    assert parse(NAME).leaf_value("cn") is None
    assert parse("").leaf_value("uid") is None


@pytest.mark.parametrize(
    "text",
    [
        "freja",
        "uid=freja,",
        ",uid=freja",
        "uid=fr;eja,dc=dk",
        'uid="freja",dc=dk',
        "uid=fr<eja",
        "uid=#0403616263",
        "uid=x\\",
        "uid=x\\zz",
        "uid=\\ff\\fe",
        "1uid=x",
        "=x",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        parse(text)


@given(st.text())
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = parse(text)
    except InvalidName:
        return
    assert name.is_at_or_below(name)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text())
def test_an_escaped_value_never_splits_a_name(value: str, more: str) -> None:
    escaped = "".join(f"\\{octet:02x}" for octet in value.encode())
    assert len(parse(f"uid={escaped},ou=people,dc=dk").rdns) == 3
