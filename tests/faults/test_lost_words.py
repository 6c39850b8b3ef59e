"""Answers that are swallowed and requests that come late, again and again, between us and a real slapd."""

import contextlib
import random
import time
from collections.abc import Iterator

import pytest

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import OutcomeUnknown, PasswordRefused, PasswordSet, Refusal
from resetapp.core.secret import Secret
from resetapp.demo.slapd import crowd_cpr
from resetapp.directory import LdapDirectory
from tests.directory.binding import binds
from tests.directory.proxy import Fate, Proxy, between
from tests.faults.conftest import ROUNDS, directory_at
from tests.faults.mortal import MortalSlapd

pytestmark = [pytest.mark.slapd, pytest.mark.faults]

_SECOND = 1.05  # slapd notes changes by the second
_LATEST = 1.5  # seconds that a request is held up at the most
_FIRST = ROUNDS + 10  # of the people that other tests leave alone


@pytest.fixture
def proxy(slapd: MortalSlapd) -> Iterator[Proxy]:
    with between(slapd.endpoint) as proxy:
        yield proxy


@pytest.fixture
def through(slapd: MortalSlapd, proxy: Proxy) -> Iterator[LdapDirectory]:
    with contextlib.closing(directory_at(f"ldaps://127.0.0.1:{proxy.port}", server=slapd, answer=0.4)) as directory:
        yield directory


def person(directory: LdapDirectory, number: int) -> DirectoryAccount:
    [account] = directory.find_by_cpr(CprNumber.parse(crowd_cpr(_FIRST + number)))
    return account


@pytest.mark.parametrize("number", range(max(ROUNDS // 5, 4)))
def test_a_swallowed_answer_is_found_out(through: LdapDirectory, proxy: Proxy, slapd: MortalSlapd, number: int) -> None:
    account = person(through, number)
    proxy.fate = (Fate.SWALLOWED, Fate.CUT)[number % 2]
    assert through.set_password(account, Secret("Hørt-Men-Ikke-Svaret-1")) == PasswordSet(account.key)
    assert binds(slapd.endpoint, account.username, "Hørt-Men-Ikke-Svaret-1")


@pytest.mark.parametrize("number", range(max(ROUNDS // 5, 4)))
def test_a_late_change_never_overwrites_a_newer_one(
    through: LdapDirectory, proxy: Proxy, slapd: MortalSlapd, number: int
) -> None:
    """Whether the account had a mark before or not. The newer password is set past the proxy, as on another day."""
    account, chance = person(through, 100 + number), random.Random(number)
    with contextlib.closing(directory_at(server=slapd)) as straight:
        if number % 2:
            assert isinstance(straight.set_password(account, Secret("Den-Aller-Foerste-0")), PasswordSet)
            time.sleep(_SECOND)
            account = through.reread(account.key)
        proxy.fate, proxy.delay = Fate.LATE, chance.uniform(0.1, _LATEST)
        begun = time.monotonic()
        late = through.set_password(account, Secret("Den-For-Sene-Kode-2"))
        assert isinstance(late, PasswordSet | OutcomeUnknown)
        if isinstance(late, PasswordSet):
            assert binds(slapd.endpoint, account.username, "Den-For-Sene-Kode-2")
            time.sleep(_SECOND)
        newer = straight.set_password(straight.reread(account.key), Secret("Den-Nyeste-Kode-33"))
        time.sleep(max(0.0, begun + _LATEST + 0.5 - time.monotonic()))  # the late one has arrived by now
        if isinstance(newer, PasswordSet):
            assert binds(slapd.endpoint, account.username, "Den-Nyeste-Kode-33")
        else:  # the late one came between our look and our change
            assert newer == PasswordRefused((Refusal.ACCOUNT_CHANGED,))
            assert binds(slapd.endpoint, account.username, "Den-For-Sene-Kode-2")
