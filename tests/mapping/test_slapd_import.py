"""The import from its faults to the login, on a real OpenLDAP: what `bench.imports` does with tens of thousands."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resetapp.core.accounts import AccountState
from resetapp.core.cpr import CprNumber
from resetapp.core.mappings import MappingState, RequestState
from resetapp.core.outcomes import MatchResult
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.demo.slapd import SlapdUnavailable, running_slapd
from resetapp.matching import match
from tests.mapping.conftest import Place, number

pytestmark = pytest.mark.slapd

STUDENTS = 300
SPOILT = {  # by line: what stands there, and what is told of it
    20: ("{short};u020", "excel_cpr"),
    50: ("1,02E+09;u050", "excel_power"),
    80: ("6101901234;u080", "cpr_replacement"),
    110: ("010257-ABC1;u110", "cpr_pseudo"),
    140: ("3102571234;u140", "cpr"),
    170: ("{number};nobody", "user"),
    200: ("{number};admin-u200", "privileged"),
    230: ("{number};U231", "duplicate"),
}


def population() -> list[seed.SeedEntry]:
    nothing: dict[str, tuple[str, ...]] = {"norEduPersonNIN": (), "schacPersonalUniqueID": ()}
    names = [*(f"u{place:03d}" for place in range(2, STUDENTS + 2)), "admin-u200"]
    accounts = [seed.SeedAccount(name, "Test", name.title(), "", "x", nothing) for name in names]
    return [
        replace(each, attributes={name: values for name, values in each.attributes.items() if values})
        for each in seed.tree(accounts, [seed.SeedGroup("administrators", (accounts[-1].dn,))])
    ]


@pytest.fixture
def directory(certificates: ServerCertificates, tmp_path: Path) -> Iterator[Endpoint]:
    try:
        with running_slapd(tmp_path / "slapd", population(), certificates=certificates) as endpoint:
            yield endpoint
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


def file_of(spoilt: dict[int, tuple[str, str]]) -> str:
    """Each line names the account that has its number."""
    lines = ["cpr;username"]
    for line in range(2, STUDENTS + 2):
        row = spoilt[line][0] if line in spoilt else f"{{number}};u{line:03d}"
        lines.append(row.format(number=number(line), short=number(line)[1:]))
    return "\r\n".join(lines)


def logs_in(place: Place, line: int) -> MatchResult:
    cpr = CprNumber.parse(number(line))
    return place.register.added_to(match(cpr, place.desk.directories), cpr, "K7Q2-M9TX")


def test_a_file_is_mended_approved_and_lets_people_in(place: Place) -> None:
    mapper = place.member("mapper", number(900))
    request_id = place.send(file_of(SPOILT), mapper)
    told = sorted([*((line, flaw) for line, (_, flaw) in SPOILT.items()), (231, "duplicate")])
    assert place.faults(request_id) == told
    assert (place.state(request_id), place.rows()) == (RequestState.FAULTY, [])
    request_id = place.send(file_of({}), mapper)
    assert (place.state(request_id), place.faults(request_id)) == (RequestState.WAITING, [])
    assert logs_in(place, 42).accounts == ()
    assert place.approve(request_id) is RequestState.APPROVED
    assert [state for _, state in place.states()] == [MappingState.APPROVED] * STUDENTS
    assert [account.state for account in logs_in(place, 42).accounts] == [AccountState.NOT_YET]
    place.clock.forward(hours=73)
    [account] = logs_in(place, 42).accounts
    assert (account.username, account.usable) == ("u042", True)
