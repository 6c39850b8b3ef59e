"""A directory that asks for another new password at the next login: the receipt says so. In an (embedded) domain."""

import html
import re
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import update

from resetapp.demo.certificates import ServerCertificates
from resetapp.settings.model import DirectoryKind
from resetapp.storage.tables import Attempt
from resetapp.texts import text
from tests.directory import active_directory
from tests.directory.opening import settings_on
from tests.servers import samba_domain as domain
from tests.servers.embedded_domain import running_domain
from tests.servers.running import RunningServer
from tests.web.conftest import World
from tests.web.test_visit_races import heading, stored
from tests.web.two_directories import GUEST, STUDENT, two_directories
from tests.web.visiting import GOOD

SOMEBODY, NEW = "person-002", "Grøn-Cykel-Under-En-Bro-31"
DUTY = text("da", "done.line_must_change")


@pytest.fixture
def server(certificates: ServerCertificates) -> Iterator[RunningServer]:
    with running_domain(certificates) as server:
        yield server


def visit(make_world: Callable[..., World], server: RunningServer, *, kept: bool) -> World:
    """Somebody whom an administrator has told to choose a new password at the next login, on the receipt."""
    settings = settings_on(server, DirectoryKind.ACTIVE_DIRECTORY, keep_must_change=kept)
    world = make_world(directories=(settings,))
    account = active_directory.the_account(world.app.extensions["resetapp"].directories["people"], SOMEBODY)
    server.change(account.dn, pwdLastSet=["0"])
    world.log_in(domain.cpr_of(SOMEBODY).digits)
    assert world.choose_password(NEW).location == "/done"
    return world


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_receipt_tells_it_also_when_it_is_loaded_again(
    make_world: Callable[..., World], server: RunningServer, language: str
) -> None:
    world = visit(make_world, server, kept=True)
    told = text(language, "done.line_must_change")
    for path in (f"/done?lang={language}", "/done"):
        receipt = world.get(path)
        assert heading(receipt) == text(language, "done.title")
        assert told in html.unescape(receipt.text)
    assert [each.must_change for each in stored(world, Attempt)] == [True]


def test_where_nothing_more_is_asked_for_nothing_is_said(
    make_world: Callable[..., World], server: RunningServer
) -> None:
    world = visit(make_world, server, kept=False)
    assert DUTY not in html.unescape(world.get("/done").text)
    assert [each.must_change for each in stored(world, Attempt)] == [False]


def test_of_several_accounts_it_is_told_of_that_one_alone(
    make_world: Callable[..., World], certificates: ServerCertificates
) -> None:
    with two_directories(make_world, certificates) as two:
        two.choose(GUEST, STUDENT)
        two.submit(GOOD)
        with two.desk.database.transaction() as db:
            db.execute(update(Attempt).where(Attempt.username == GUEST).values(must_change=True))
        page = html.unescape(two.world.get("/done").text)
        told = [card for card in re.findall(r"<li class=.card lines.*?</li>", page) if DUTY in card]
        assert len(told) == 1
        assert GUEST in told[0]
