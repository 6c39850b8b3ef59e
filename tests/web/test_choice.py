"""The choice of accounts tells before anything is typed what cannot be: not together, and not yet."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
from sqlalchemy import update

from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import AttemptState
from resetapp.demo.certificates import ServerCertificates
from resetapp.storage import visits
from resetapp.storage.attempts import FENCE, STALE_AFTER
from resetapp.storage.tables import Attempt, Visit
from resetapp.texts import text
from tests.directory.proxy import Fate
from tests.web.conftest import World
from tests.web.test_visit_races import heading
from tests.web.two_directories import GUEST, STAFF, STUDENT, Two, two_directories
from tests.web.visiting import ALSO_GOOD, GOOD, cpr

LONG, SHORT = DirectoryPolicy(minimum_length=20), DirectoryPolicy(maximum_length=16)
NEVER = DirectoryPolicy(maximum_length=9)


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def remember(two: Two, **policies: DirectoryPolicy) -> None:
    """What the newest visit's directories have told; the keys are those of the directories."""
    with two.desk.database.transaction() as db:
        visit = db.query(Visit).order_by(Visit.id.desc()).first()
        assert visit is not None
        found = [
            {**each, "policy": asdict(policies[each["directory"]])} if each["directory"] in policies else each
            for each in visit.candidates
        ]
        db.execute(update(Visit).where(Visit.id == visit.id).values(candidates=found))


def excluding(language: str, shorter: str) -> str:
    return text(language, "account.excluding", longer=GUEST, minimum=20, shorter=shorter, maximum=16)


def boxes(page: str) -> int:
    return page.count('type="checkbox"')


# ---- not together


@pytest.mark.parametrize("language", ["da", "en"])
def test_accounts_that_exclude_each_other_are_told_before_they_are_chosen(two: Two, language: str) -> None:
    two.world.log_in(cpr("sofie"))
    remember(two, guests=LONG, people=SHORT)
    page = html.unescape(two.world.get(f"/account?lang={language}").text)
    assert boxes(page) == 3
    for shorter in (STAFF, STUDENT):
        assert page.count(excluding(language, shorter)) == 1


def test_choosing_them_together_leads_to_no_page_on_which_everything_is_refused(two: Two) -> None:
    two.world.log_in(cpr("sofie"))
    remember(two, guests=LONG, people=SHORT)
    answer = two.world.post("/account", {"account": ["0", "2"]})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert html.unescape(answer.text).count(excluding("da", STUDENT)) == 2  # in the summary and at the field
    assert html.unescape(answer.text).count(excluding("da", STAFF)) == 1  # not chosen, so told as before
    assert answer.text.count(" checked") == 2  # what was chosen stays chosen
    assert two.world.post("/account", {"account": ["1", "2"]}).location == "/password"  # these two agree
    assert two.world.post("/account", {"account": ["0"]}).location == "/password"
    assert two.world.choose_password(GOOD).location == "/done"
    assert two.opens(GOOD) == {GUEST}


def test_when_they_begin_to_exclude_each_other_on_the_password_page_it_says_so(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    remember(two, guests=LONG, people=SHORT)
    page = two.world.get("/password")
    assert heading(page) == text("da", "account.excluding_title")
    assert excluding("da", STUDENT) in html.unescape(page.text)
    assert 'type="password"' not in page.text
    assert 'href="/account"' in page.text


@pytest.mark.parametrize("language", ["da", "en"])
def test_an_account_whose_system_allows_less_than_we_demand_is_not_offered(two: Two, language: str) -> None:
    two.world.log_in(cpr("sofie"))
    remember(two, guests=NEVER)
    told = text(language, "account.no_length", username=GUEST, minimum=12, maximum=9)
    page = html.unescape(two.world.get(f"/account?lang={language}").text)
    assert boxes(page) == 2
    assert told in page
    assert two.world.post("/account", {"account": ["0"]}).status_code == 422


def test_the_only_account_of_that_kind_leads_to_support(world: World) -> None:
    world.log_in(cpr("freja"))
    with world.app.extensions["resetapp"].database.transaction() as db:
        visit = db.query(Visit).one()
        found = [{**each, "policy": asdict(NEVER)} for each in visit.candidates]
        db.execute(update(Visit).values(candidates=found))
    page = world.get("/password")
    assert heading(page) == text("da", "account.excluding_title")
    assert 'type="password"' not in page.text
    assert 'href="/account"' not in page.text
    assert "it-support" in page.text


# ---- not yet


def lost(two: Two) -> None:
    """A change of the guest account is on its way; its answer is lost. Then the person comes again."""
    two.choose(GUEST, STUDENT)
    two.proxy.fate = Fate.HELD
    assert two.submit(GOOD).location == "/done"
    two.proxy.fate = Fate.PASSED
    assert two.states()[GUEST] == AttemptState.UNKNOWN
    assert two.world.log_in(cpr("sofie")).location == "/account"


@pytest.mark.parametrize("language", ["da", "en"])
def test_an_account_that_waits_is_shown_with_its_state_and_cannot_be_chosen(two: Two, language: str) -> None:
    lost(two)
    page = html.unescape(two.world.get(f"/account?lang={language}").text)
    assert boxes(page) == 2
    assert 'value="0"' not in page
    assert text(language, "account.status_unknown") in page
    [waits] = [card for card in re.findall(r"<li class=\"card lines\">.*?</li>", page) if GUEST in card]
    assert text(language, "account.why_waiting", time="")[:30] in waits
    assert re.search(r'<a class="btn second" href="/account">', page)


def test_choosing_it_all_the_same_is_told_and_changes_nothing(two: Two) -> None:
    lost(two)
    answer = two.world.post("/account", {"account": ["0", "1"]})
    assert answer.status_code == 422
    assert text("da", "account.error_waiting", username=GUEST) in html.unescape(answer.text)
    assert text("da", "account.error_none_chosen") not in html.unescape(answer.text)
    with two.desk.database.reading() as db:
        newest = db.query(Visit).order_by(Visit.id.desc()).first()
        assert newest is not None
        assert visits.load(db, newest.id, held=False).wanted == ()
    assert two.world.post("/account", {"account": ["1"]}).location == "/password"


def test_a_change_that_is_being_sent_is_told_as_such_until_its_process_must_have_died(two: Two) -> None:
    lost(two)
    with two.desk.database.transaction() as db:
        now = two.world.clock()
        db.execute(update(Attempt).where(Attempt.username == GUEST).values(state=AttemptState.SENDING, sent_at=now))
    assert text("da", "account.status_sending") in two.world.get("/account").text
    two.world.clock.forward(seconds=STALE_AFTER.total_seconds())
    assert text("da", "account.status_unknown") in two.world.get("/account").text


def test_with_nothing_left_to_choose_the_way_on_is_to_load_the_page_again(two: Two) -> None:
    lost(two)
    with two.desk.database.transaction() as db:
        waits = {"state": AttemptState.UNKNOWN, "settled_at": None}
        db.execute(update(Attempt).where(Attempt.username == STUDENT).values(**waits))
        visit = db.query(Visit).order_by(Visit.id.desc()).first()
        assert visit is not None
        found = [each for each in visit.candidates if each["username"] != STAFF]
        db.execute(update(Visit).where(Visit.id == visit.id).values(candidates=found))
    page = two.world.get("/account")
    assert heading(page) == text("da", "account.title_none")
    assert '<form method="post" novalidate>' not in page.text
    assert '<a class="btn" href="/account">' in page.text
    assert two.world.post("/account", {"account": ["0"]}).status_code == 422


def test_it_can_be_chosen_when_the_change_is_settled(two: Two) -> None:
    lost(two)
    two.world.clock.forward(seconds=FENCE.total_seconds() + 60)
    with two.desk.database.transaction() as db:
        settled = {"state": AttemptState.NOT_SET, "settled_at": two.world.clock()}
        db.execute(update(Attempt).where(Attempt.username == GUEST).values(**settled))
    assert boxes(two.world.get("/account").text) == 3
    assert two.world.post("/account", {"account": ["0"]}).location == "/password"
    assert two.world.choose_password(ALSO_GOOD).location == "/done"


# ---- password managers


def test_a_password_manager_is_told_a_username_only_where_it_is_the_only_one(two: Two) -> None:
    """It keeps one name for a password: the first of several would be kept as if it were all."""
    two.choose(GUEST)
    assert f'value="{GUEST}" autocomplete="username"' in two.world.get("/password").text
    two.world.post("/account", {"account": ["0", "1"]})
    assert 'autocomplete="username"' not in two.world.get("/password").text
