"""Time goes on in the embedded Active Directory: locks run out, wrong passwords are forgotten, passwords grow old."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from resetapp.demo.domain_seed import Domain, DomainAccount, Rules
from resetapp.demo.domain_tree import Delegation, DomainTree
from resetapp.demo.ldap_node import Refused

DOMAIN = Domain("DC=time,DC=test")
RIGHT, WRONG = b"Gammel-Regnjakke-48", b"a wrong password"
HALF_HOUR, MINUTE = timedelta(minutes=30), timedelta(minutes=1)
DELEGATION = Delegation(f"CN=svc,OU=Services,{DOMAIN.suffix}", DOMAIN.below("People"))


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


def tree(clock: Clock, rules: Rules) -> DomainTree:
    person = DomainAccount("somebody", "Some Body", {}, password=RIGHT.decode())
    frame = DOMAIN.frame(rules, ("People", "Services", "Groups"))
    return DomainTree([*frame, DOMAIN.user(person, now=clock.now)], clock, DELEGATION)


def answer(tree: DomainTree, password: bytes) -> str:
    """The sub-code of a refused login; "" when it is let in."""
    try:
        tree.bind("somebody", password)
    except Refused as refused:
        return refused.text.partition("data ")[2].partition(",")[0]
    return ""


def test_a_lock_runs_out(clock: Clock) -> None:
    directory = tree(clock, Rules(lasting=HALF_HOUR))
    assert [answer(directory, WRONG) for _ in range(4)] == ["52e", "52e", "52e", "775"]
    clock.now += HALF_HOUR - MINUTE
    assert answer(directory, RIGHT) == "775"
    clock.now += MINUTE
    assert answer(directory, RIGHT) == ""
    assert answer(directory, WRONG) == "52e", "the count begins anew"
    assert answer(directory, RIGHT) == ""


def test_a_lock_that_has_no_end_holds(clock: Clock) -> None:
    directory = tree(clock, Rules())
    for _ in range(3):
        answer(directory, WRONG)
    clock.now += timedelta(days=4000)
    assert answer(directory, RIGHT) == "775"


def test_wrong_passwords_are_forgotten(clock: Clock) -> None:
    directory = tree(clock, Rules())
    for _ in range(4):
        assert answer(directory, WRONG) == "52e"
        clock.now += HALF_HOUR
    assert answer(directory, RIGHT) == ""


def test_a_password_grows_old(clock: Clock) -> None:
    """It was changed 214 days before."""
    assert answer(tree(clock, Rules(age=timedelta(days=215))), RIGHT) == ""
    assert answer(tree(clock, Rules(age=timedelta(days=214))), RIGHT) == "532"
    assert answer(tree(clock, Rules(age=timedelta(days=214))), WRONG) == "52e"
