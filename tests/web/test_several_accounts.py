"""Several accounts, one new password: all that can stand in the way first, then each with an outcome of its own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from resetapp.core.outcomes import Outcome
from resetapp.demo.certificates import ServerCertificates
from resetapp.settings import Limits
from resetapp.storage.tables import Visit
from tests.directory.binding import admin_connection, close_account
from tests.directory.proxy import Fate
from tests.web.conftest import PUBLIC_URL, World, hidden
from tests.web.test_visit_races import heading, post, stored, twin
from tests.web.two_directories import GUEST, STAFF, STUDENT, Two, two_directories
from tests.web.visiting import ALSO_GOOD, GOOD, cpr, rows


@pytest.fixture
def two(make_world: Callable[..., World], certificates: ServerCertificates) -> Iterator[Two]:
    with two_directories(make_world, certificates) as two:
        yield two


def outcome(two: Two) -> Outcome:
    found: Outcome = stored(two.world, Visit)[-1].outcome
    return found


def test_every_account_is_offered_and_none_is_chosen_beforehand(two: Two) -> None:
    two.world.log_in(cpr("sofie"))
    page = two.world.get("/account").text
    assert page.count('type="checkbox"') == 3
    assert "checked" not in page
    assert "Gæster" in page


def test_all_chosen_accounts_get_the_password_and_the_others_keep_theirs(two: Two) -> None:
    assert two.choose(GUEST, STUDENT).location == "/password"
    page = two.world.get("/password").text
    assert f"<strong>{GUEST}<" in page
    assert f"<strong>{STUDENT}<" in page
    assert f"<strong>{STAFF}<" not in page  # its username is among the words of the rules all the same
    assert two.submit(GOOD).location == "/done"
    assert two.opens(GOOD) == {GUEST, STUDENT}
    receipt = two.world.get("/done")
    assert heading(receipt) == "Din adgangskode er ændret"
    assert receipt.text.count("Vi har prøvet, at den virker") == 2
    assert outcome(two) == Outcome.DONE
    assert "http-equiv" not in receipt.text


def test_who_goes_back_finds_the_choice_as_it_was_made(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    page = two.world.get("/account").text
    assert page.count(" checked") == 2
    assert two.world.post("/account", {"account": ["1"]}).location == "/password"
    assert two.submit(GOOD).location == "/done"
    assert two.opens(GOOD) == {STAFF}


@pytest.mark.parametrize("forged", [["0", "3"], ["0", "99"], ["0", "-1"], ["0", "people"], [], ["0", ""], ["0", "٢"]])
def test_one_account_that_is_not_offered_spoils_the_whole_choice(two: Two, forged: list[str]) -> None:
    two.world.log_in(cpr("sofie"))
    assert two.world.post("/account", {"account": forged}).status_code == 422
    assert two.world.get("/password").location == "/account"


def test_one_refusal_by_our_rules_stops_all_and_is_told_once(two: Two) -> None:
    """The name that is part of the password stands in one of the accounts alone."""
    two.choose(GUEST, STUDENT)
    answer = two.submit("guest-sofie rejser langt væk")
    assert answer.status_code == 422
    assert answer.text.count("indeholder dit navn eller brugernavn") == 2  # in the summary and at the field
    assert set(two.states().values()) == {"ready"}
    assert not two.proxy.modifies
    assert two.submit(GOOD).location == "/done"


def test_an_account_closed_meanwhile_is_taken_out_told_and_the_rest_goes_on(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    close_account(two.world.endpoint, STUDENT)
    answer = two.submit(GOOD)
    assert answer.status_code == 422
    assert f"Kontoen {STUDENT} er taget ud" in answer.text
    assert two.opens(GOOD) == set()
    assert hidden(answer.text, "username") == GUEST
    assert two.submit(GOOD).location == "/done"
    assert two.opens(GOOD) == {GUEST}
    receipt = two.world.get("/done")
    assert heading(receipt) == "Ikke alle konti fik den nye adgangskode"
    assert "Kontoen er lukket eller ændret" in receipt.text
    assert outcome(two) == Outcome.PARTLY


def test_a_second_click_does_not_go_on_without_the_account_that_was_taken_out(two: Two) -> None:
    """The person has not seen yet that it was."""
    two.choose(GUEST, STUDENT)
    page = two.world.get("/password").text
    close_account(two.world.endpoint, STUDENT)
    form = {name: hidden(page, name) for name in ("attempt", "csrf_token")} | {"password": GOOD}
    assert post(two.world, "/password", form).status_code == 422
    assert post(two.world, "/password", form).location == "/done"
    assert two.opens(GOOD) == set()


def test_a_directory_that_is_down_by_now_keeps_nobody_from_the_others(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    two.world.get("/password")
    two.proxy.gone = True
    two.proxy.abort_all()
    answer = two.submit(GOOD)
    assert answer.status_code == 422
    assert f"Kontoen {GUEST} er taget ud, for vi fik ikke svar fra Gæster" in answer.text
    assert two.submit(GOOD).location == "/done"
    assert two.opens(GOOD) == {STUDENT}
    receipt = two.world.get("/done").text
    assert "Gæster kunne ikke ændre adgangskoden. Den gamle gælder stadig." in receipt
    two.proxy.gone = False
    assert two.world.post("/again", {}).location == "/password"
    assert two.submit(ALSO_GOOD).location == "/done"
    assert (two.opens(ALSO_GOOD), two.opens(GOOD)) == ({GUEST}, {STUDENT})
    assert heading(two.world.get("/done")) == "Din adgangskode er ændret"
    assert outcome(two) == Outcome.DONE


def test_all_directories_down_is_told_as_one_outage(two: Two) -> None:
    two.choose(GUEST)
    two.proxy.gone = True
    two.proxy.abort_all()
    answer = two.submit(GOOD)
    assert answer.status_code == 503
    assert "Din adgangskode er ikke ændret" in answer.text
    assert two.states() == {GUEST: "ready"}


def used_before(two: Two) -> None:
    """The guests' directory will refuse GOOD: it knows it."""
    two.set_behind_our_back(GOOD)
    two.set_behind_our_back("en helt tredje adgangskode")


def test_one_directorys_refusal_hides_and_undoes_nothing_and_can_be_made_good(two: Two) -> None:
    used_before(two)
    two.choose(GUEST, STAFF)
    assert two.submit(GOOD).location == "/done"
    receipt = two.world.get("/done")
    assert heading(receipt) == "Ikke alle konti fik den nye adgangskode"
    assert "Du har brugt adgangskoden før" in receipt.text
    assert two.opens(GOOD) == {STAFF}
    assert outcome(two) == Outcome.PARTLY
    assert two.world.get("/account").location == "/done"
    assert two.world.post("/again", {}).location == "/password"
    page = two.world.get("/password").text
    assert "Tilbage til kvitteringen" in page
    assert hidden(page, "username") == GUEST
    assert "Til kontoen" in page  # for this one alone
    assert heading(two.world.get("/done")) == heading(receipt)
    assert two.submit("kort").status_code == 422
    assert two.submit(ALSO_GOOD).location == "/done"
    assert (two.opens(ALSO_GOOD), two.opens(GOOD)) == ({GUEST}, {STAFF})
    assert outcome(two) == Outcome.DONE
    assert two.world.post("/again", {}).location == "/done"  # nothing is left


def test_when_every_directory_refuses_the_page_stays_and_names_nobody(two: Two) -> None:
    used_before(two)
    two.choose(GUEST)
    answer = two.submit(GOOD)
    assert answer.status_code == 422
    assert "Du har brugt adgangskoden før" in answer.text
    assert f"{GUEST}: " not in answer.text
    assert two.submit(ALSO_GOOD).location == "/done"


def test_trying_again_without_end_is_stopped_and_the_receipt_stays(
    make_world: Callable[..., World], certificates: ServerCertificates
) -> None:
    with two_directories(make_world, certificates, limits=Limits(refusals_per_visit=2)) as two:
        used_before(two)
        two.choose(GUEST, STAFF)
        two.submit(GOOD)
        two.world.post("/again", {})
        assert two.submit("kort").location == "/done"
        receipt = two.world.get("/done")
        assert heading(receipt) == "Ikke alle konti fik den nye adgangskode"
        assert 'action="/again"' not in receipt.text
        assert two.world.post("/again", {}).status_code == 429


def test_several_accounts_at_once_are_one_change_of_the_day(
    make_world: Callable[..., World], certificates: ServerCertificates
) -> None:
    with two_directories(make_world, certificates, limits=Limits(sets_per_person_per_day=2)) as two:
        for password in (GOOD, ALSO_GOOD):
            two.choose(GUEST, STAFF, STUDENT)
            assert two.submit(password).location == "/done"
            assert two.opens(password) == {GUEST, STAFF, STUDENT}
        two.choose(GUEST, STAFF, STUDENT)
        assert two.world.get("/password").status_code == 429


def test_parallel_clicks_write_once_to_each_account(two: Two) -> None:
    two.choose(GUEST, STAFF, STUDENT)
    page = two.world.get("/password").text
    form = {name: hidden(page, name) for name in ("attempt", "csrf_token")} | {"password": GOOD}
    tabs = [twin(two.world) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert {answer.location for answer in pool.map(lambda tab: post(two.world, "/password", form, tab), tabs)} == {
            "/done"
        }
    assert [row.state.value for row in rows(two.world)] == ["set"] * 3
    assert len(two.proxy.modifies) == 1
    assert heading(two.world.get("/done", tabs[-1])) == "Din adgangskode er ændret"


def test_the_receipt_is_there_while_one_directory_still_works_at_it(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    seen: list[str] = []
    tab = twin(two.world)

    def look() -> None:
        page = two.world.get("/done", tab).text
        seen.append(page)

    two.proxy.before_modify = look
    assert two.submit(GOOD).location == "/done"
    assert "Vi gemmer din adgangskode" in seen[0]
    assert '<meta http-equiv="refresh" content="3">' in seen[0]


def test_a_directory_answers_what_it_likes_and_the_others_are_told_as_they_are(two: Two) -> None:
    two.proxy.fate, two.proxy.code = Fate.ANSWERED, 50  # insufficient access rights: nothing is changed
    two.choose(GUEST, STUDENT)
    assert two.submit(GOOD).location == "/done"
    assert two.states() == {GUEST: "not_set", STUDENT: "set"}
    assert "Gæster kunne ikke ændre adgangskoden" in two.world.get("/done").text


def test_an_account_that_became_protected_meanwhile_is_taken_out(two: Two) -> None:
    two.choose(GUEST, STUDENT)
    admin = admin_connection(two.guests)
    group = {"member": [("MODIFY_ADD", [f"uid={GUEST},ou=people,dc=example,dc=dk"])]}
    assert admin.modify("cn=administrators,ou=groups,dc=example,dc=dk", group)[1]["result"] == 0
    answer = two.submit(GOOD)
    assert f"Kontoen {GUEST} er taget ud, for kun it-support kan ændre den" in answer.text
    assert two.submit(GOOD).location == "/done"
    assert two.opens(GOOD) == {STUDENT}


def test_nobody_can_try_again_what_was_not_refused(two: Two) -> None:
    two.choose(STUDENT)
    two.submit(GOOD)
    token = hidden(two.world.get("/done").text, "csrf_token")
    headers = {"Referer": f"{PUBLIC_URL}/"}
    answer = two.world.client.post("/again", data={"csrf_token": token}, headers=headers, base_url=PUBLIC_URL)
    assert answer.location == "/done"
    assert two.world.get("/password").location == "/done"
