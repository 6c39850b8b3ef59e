"""slapd dies in the middle of a change, hundreds of times at every moment, and each time the truth is told.

"Set" is only said when the new password works, and only those who were told nothing certain are left to be settled:
the directory's own mark then says what became of the change.
"""

import contextlib
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.cpr import CprNumber
from resetapp.core.outcomes import OutcomeUnknown, PasswordRefused, PasswordSet, ResetOutcome
from resetapp.core.secret import Secret
from resetapp.demo.slapd import CROWD_PASSWORD, crowd_cpr
from resetapp.directory import LdapDirectory
from resetapp.trouble import DirectoryDown
from tests.directory.binding import binds
from tests.faults.conftest import ROUNDS, directory_at
from tests.faults.mortal import MortalSlapd

pytestmark = [pytest.mark.slapd, pytest.mark.faults]

_LONGEST_WAIT = 0.006  # seconds between the call and the death: a change takes some two thousandths here


@contextlib.contextmanager
def calling(directory: LdapDirectory, account: DirectoryAccount, password: str) -> Iterator["Future[ResetOutcome]"]:
    """The change on its way in another thread."""
    with ThreadPoolExecutor(1) as pool:
        begun = threading.Event()

        def call() -> ResetOutcome:
            begun.set()
            return directory.set_password(account, Secret(password))

        future = pool.submit(call)
        begun.wait()
        yield future


def told(future: "Future[ResetOutcome]") -> ResetOutcome | DirectoryDown:
    try:
        return future.result()
    except DirectoryDown as down:
        return down


def holds(outcome: ResetOutcome | DirectoryDown, works: bool, moved: bool) -> bool:
    """Is what was said true? `works`: does the new password open the account? `moved`: has the mark?"""
    match outcome:
        case PasswordSet():
            return works
        case PasswordRefused() | DirectoryDown():
            return not works and not moved
        case OutcomeUnknown():
            return works == moved  # so that whoever settles it by the mark settles it rightly


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_is_said_of_a_change_is_true_whenever_the_server_dies(slapd: MortalSlapd, number: int) -> None:
    directory = directory_at(server=slapd)
    with contextlib.closing(directory):
        [account] = directory.find_by_cpr(CprNumber.parse(crowd_cpr(number)))
        password, chance = f"Nyt-Kodeord-{number:04d}", random.Random(number)
        with calling(directory, account, password) as future:
            time.sleep(chance.uniform(0, _LONGEST_WAIT))
            slapd.kill()
            if chance.random() < 0.5:  # it is back while the answer is still looked for, or only afterwards
                slapd.start()
        outcome = told(future)
        slapd.start()
        works = binds(slapd.endpoint, account.username, password)
        assert holds(outcome, works, directory.reread(account.key).mark != account.mark), outcome
        assert works or binds(slapd.endpoint, account.username, CROWD_PASSWORD)


def test_a_frozen_server_that_wakes_in_time_is_believed(slapd: MortalSlapd) -> None:
    directory = directory_at(server=slapd)
    with contextlib.closing(directory):
        for number in range(ROUNDS + 3, ROUNDS + 8):
            outcome, works = frozen_for_a_while(slapd, directory, number)
            if not isinstance(outcome, OutcomeUnknown):
                assert works == isinstance(outcome, PasswordSet)
                return
            assert works, "the ice came after the answer and before the login that proves it: not known, but set"
    pytest.fail("a server that woke in time was never believed")


def frozen_for_a_while(
    slapd: MortalSlapd, directory: LdapDirectory, number: int
) -> tuple[ResetOutcome | DirectoryDown, bool]:
    """With what it says of a new password meanwhile, whether that password works."""
    [account] = directory.find_by_cpr(CprNumber.parse(crowd_cpr(number)))
    with calling(directory, account, "Efter-Vinterhiet-1") as future:
        slapd.freeze()
        time.sleep(2.5)  # longer than an answer is waited for, shorter than one is looked for
        slapd.thaw()
    return told(future), binds(slapd.endpoint, account.username, "Efter-Vinterhiet-1")


def test_a_change_that_wakes_too_late_does_not_overwrite_a_newer_password(slapd: MortalSlapd) -> None:
    """The request lies in the frozen server's socket; the person has long given up and is served by support."""
    directory = directory_at(server=slapd, answer=0.5)
    with contextlib.closing(directory):
        [account] = directory.find_by_cpr(CprNumber.parse(crowd_cpr(ROUNDS + 2)))
        assert isinstance(directory.set_password(account, Secret("Den-Foerste-Kode-1")), PasswordSet)
        time.sleep(1.1)  # slapd notes changes by the second
        account = directory.reread(account.key)
        with calling(directory, account, "Den-For-Sene-Kode-2") as future:
            time.sleep(0.0005)
            slapd.freeze()
            outcome = told(future)
        slapd.thaw()
        newer = directory.set_password(directory.reread(account.key), Secret("Den-Nyeste-Kode-33"))
        if isinstance(newer, PasswordSet):
            time.sleep(0.2)
            assert binds(slapd.endpoint, account.username, "Den-Nyeste-Kode-33")
        else:  # the first was quicker, and the newer one heard of it
            assert isinstance(outcome, PasswordSet | OutcomeUnknown)
