"""The index of a number is one however it is written, and another under each key and at each institution."""

import hashlib
import hmac
import pickle
from collections.abc import Iterator

import pytest

from resetapp.core.cpr import CprNumber
from resetapp.storage.cpr_index import CprIndexes
from tests.builders import FREJA
from tests.storage.mapping_rows import TENANT, indexes, number, root


def by_hand(kid: str, secret: bytes, tenant: str, digits: str) -> str:
    """RFC 5869 written out: extract with an empty salt, one block of expansion; then RFC 2104 over named parts."""
    extracted = hmac.digest(bytes(64), secret, hashlib.sha512)
    key = hmac.digest(extracted, b"resetapp/cpr-index/v1/kid=" + kid.encode() + b"\x01", hashlib.sha512)[:32]
    return hmac.digest(key, b"\x00".join([b"cpr", tenant.encode(), digits.encode()]), hashlib.sha256).hex()


@pytest.mark.parametrize("kid", ["2026a", "2026b"])
@pytest.mark.parametrize("tenant", [TENANT, "eksempel.dk"])
def test_the_index_is_what_the_standards_make_of_it(kid: str, tenant: str) -> None:
    for cpr in (FREJA, number(0), number(9999)):
        assert indexes(kid, tenant=tenant).newest_of(cpr) == by_hand(kid, root(kid), tenant, cpr.digits)


def test_it_stays_as_it_was() -> None:
    """Rows of years hang on it. Computed with another program (openssl kdf HKDF, openssl dgst -mac HMAC)."""
    made = CprIndexes("example.dk", [("2026a", bytes(range(32)))])
    assert made.newest_of(CprNumber.parse("6101901234")) == KNOWN


KNOWN = "8eb7fc3e6a4b496a4d05d2119ec7c50f9f7a3dea64c3eacf40b695d91d18f03f"


def test_one_number_has_one_index_however_it_is_written() -> None:
    keys = indexes("2026a")
    assert keys.of(CprNumber.parse("610190-1234")) == keys.of(CprNumber.parse("6101901234"))


def test_no_two_of_number_institution_key_and_root_meet() -> None:
    made = list(every_index())
    assert len(made) == len(set(made)) == 3 * 2 * 2 * 2


def every_index() -> Iterator[str]:
    for tenant in (TENANT, "eksempel.dk"):
        for kid in ("2026a", "2026b"):
            for secret in (root("one"), root("two")):
                keys = CprIndexes(tenant, [(kid, secret)])
                yield from (keys.newest_of(number(n)) for n in range(3))


def test_no_institution_can_be_named_so_that_the_parts_run_into_each_other() -> None:
    """Whose name ends in digits hashes no other institution's numbers."""
    assert indexes("a", tenant="x").newest_of(number(1)) != indexes("a", tenant="x\x006").newest_of(number(1))


def test_new_rows_are_made_with_the_first_key_and_old_ones_found_with_each() -> None:
    keys = indexes("2026b", "2026a")
    assert keys.newest == "2026b"
    assert keys.of(FREJA) == {kid: indexes(kid).newest_of(FREJA) for kid in ("2026b", "2026a")}
    assert keys.newest_of(FREJA) == keys.of(FREJA)["2026b"]


def test_it_is_no_fingerprint_under_the_same_secret() -> None:
    """A key used twice by mistake does not join the list with the log of visits."""
    keys = CprIndexes(TENANT, [("a", root("one"))])
    assert keys.newest_of(FREJA) != FREJA.fingerprint(root("one"))
    assert keys.newest_of(FREJA) != hmac.digest(root("one"), FREJA.digits.encode(), hashlib.sha256).hex()


def test_it_shows_the_names_of_its_keys_and_nothing_of_them() -> None:
    keys = indexes("2026b", "2026a")
    assert repr(keys) == str(keys) == f"{keys}" == "CprIndexes(2026b, 2026a)"


def test_it_is_not_written_down_by_pickling() -> None:
    with pytest.raises(TypeError, match="keys"):
        pickle.dumps(indexes("2026a"))
