"""Logout, both ways: ours first, the hub's without a cookie, and only on a valid signature."""

import re
from html import unescape

import pytest
from werkzeug.test import TestResponse

from resetapp.demo.messages import HubKey, encoded, logout_request, logout_response, redirect_url, signed
from resetapp.demo.people import PERSONAS
from tests.hub import ENTITY_ID, SLO, sent_message
from tests.web.conftest import PUBLIC_URL, World

CPR = next(persona.cpr for persona in PERSONAS if persona.key == "freja") or ""
OUR_SLO = f"{PUBLIC_URL}/saml/slo"


def log_out(world: World) -> TestResponse:
    return world.post("/logout", {})


def hub_asks(world: World, name_id: str, index: str | None, **changes: object) -> str:
    """The address of a LogoutRequest as the hub sends it."""
    key = changes.pop("key", world.hub.key)
    values = {"issuer": ENTITY_ID, "destination": OUR_SLO} | changes
    assert key is None or isinstance(key, HubKey)
    xml = logout_request(
        name_id=name_id,
        session_index=index,
        sp_name_qualifier=world.hub.audience,
        now=world.clock(),
        **values,  # type: ignore[arg-type]
    )
    return redirect_url(OUR_SLO, "SAMLRequest", xml, "state-1", key)


def onward(answer: TestResponse) -> str:
    """Where the page leads on to the hub."""
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.text)
    assert found
    return unescape(found[1])


def logged_in(world: World) -> tuple[str, str]:
    """A login, and the hub's two names for it."""
    response = world.hub.answer(world.start(), CPR)
    assert world.post_response(world.hub.posted(response)).status_code == 303
    return response.name_id or "", response.session_index or ""


def test_our_logout_ends_the_login_before_it_asks_the_hub(world: World) -> None:
    name_id, index = logged_in(world)
    answer = log_out(world)
    assert answer.status_code == 200
    assert "Freja" not in answer.text
    assert onward(answer).startswith(SLO)
    assert "Signature=" in onward(answer)
    request = sent_message(onward(answer))
    assert request.findtext("{*}NameID") == name_id
    assert request.findtext("{*}SessionIndex") == index
    assert not world.logged_in()


def test_the_hubs_answer_makes_it_complete(world: World) -> None:
    logged_in(world)
    request = sent_message(onward(log_out(world)))
    xml = logout_response(
        issuer=ENTITY_ID, destination=OUR_SLO, in_response_to=str(request.get("ID")), now=world.clock()
    )
    url = redirect_url(OUR_SLO, "SAMLResponse", xml, None, world.hub.key).removeprefix(PUBLIC_URL)
    assert world.get(url).location == "/signed-out"
    assert world.get(url).location == "/signed-out"  # a reload, or a proxy that asks twice, is told the same
    page = world.get("/signed-out")
    assert "Du er logget af her og hos NemLog-in." in page.text
    assert page.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_an_answer_to_nobodys_request_is_refused(world: World) -> None:
    logged_in(world)
    log_out(world)
    xml = logout_response(issuer=ENTITY_ID, destination=OUR_SLO, in_response_to="_another", now=world.clock())
    url = redirect_url(OUR_SLO, "SAMLResponse", xml, None, world.hub.key)
    assert world.get(url.removeprefix(PUBLIC_URL)).status_code == 403


def test_without_the_hubs_answer_only_the_local_logout_is_claimed(world: World) -> None:
    logged_in(world)
    log_out(world)
    assert "Du er logget af her." in world.get("/signed-out").text


def test_the_hub_ends_a_login_without_any_cookie(world: World) -> None:
    name_id, index = logged_in(world)
    url = hub_asks(world, name_id, index)
    answer = world.get(url.removeprefix(PUBLIC_URL), world.other_browser())
    assert answer.status_code == 303
    assert answer.location.startswith(SLO)
    assert "RelayState=state-1" in answer.location
    assert sent_message(answer.location).find(".//{*}StatusCode").get("Value", "").endswith(":Success")  # type: ignore[union-attr]
    there = world.get("/password")
    assert there.location == "/signed-out"
    assert "logget af" in world.get("/signed-out").text


def test_all_logins_of_the_name_end_when_no_session_is_named(world: World) -> None:
    name_id, _ = logged_in(world)
    world.get(hub_asks(world, name_id, None).removeprefix(PUBLIC_URL), world.other_browser())
    assert not world.logged_in()


def test_a_request_for_someone_else_ends_nothing_here(world: World) -> None:
    _, index = logged_in(world)
    world.get(hub_asks(world, "_somebody-else", index).removeprefix(PUBLIC_URL), world.other_browser())
    assert world.logged_in()


@pytest.mark.parametrize("how", ["unsigned", "other key", "edited", "wrong destination", "wrong issuer", "replayed"])
def test_a_request_that_is_not_the_hubs_ends_nothing(world: World, how: str) -> None:
    name_id, index = logged_in(world)
    expected = 403
    match how:
        case "unsigned":
            url = hub_asks(world, name_id, index, key=None)
        case "other key":
            url = hub_asks(world, name_id, index, key=HubKey.create("other", bits=2048))
        case "edited":
            url = hub_asks(world, name_id, index).replace("RelayState=state-1", "RelayState=state-2")
        case "wrong destination":
            url = hub_asks(world, name_id, index, destination="https://other.example/saml/slo")
        case "wrong issuer":
            url = hub_asks(world, name_id, index, issuer="https://other.example")
        case _:
            url = hub_asks(world, "_first-somebody-else", index)
            world.get(url.removeprefix(PUBLIC_URL), world.other_browser())
    answer = world.get(url.removeprefix(PUBLIC_URL), world.other_browser())
    assert answer.status_code == expected
    assert world.logged_in()


def test_logout_needs_a_post_with_our_token(world: World) -> None:
    logged_in(world)
    assert world.get("/logout").status_code == 405
    assert world.client.post("/logout", base_url=PUBLIC_URL).status_code == 400
    assert world.logged_in()


def test_a_newer_login_in_the_same_browser_ends_the_older_one(world: World) -> None:
    logged_in(world)
    older = world.client.get_cookie("__Host-resetapp", domain="password.example.dk")
    assert older is not None
    logged_in(world)
    keeper = world.other_browser()
    keeper.set_cookie("__Host-resetapp", older.value, domain="password.example.dk", secure=True)
    assert not world.logged_in(keeper)
    assert world.logged_in()


@pytest.mark.parametrize("honest", [True, False])
def test_a_post_with_the_request_in_the_response_field_is_understood_if_signed(world: World, honest: bool) -> None:
    """The hub's quirk (wayf.md 6): an enveloped signature, and the field's name says nothing."""
    name_id, index = logged_in(world)
    xml = logout_request(
        issuer=ENTITY_ID,
        destination=OUR_SLO,
        name_id=name_id,
        sp_name_qualifier=world.hub.audience,
        session_index=index,
        now=world.clock(),
    )
    field = encoded(signed(xml, world.hub.key) if honest else xml)
    answer = world.other_browser().post("/saml/slo", data={"SAMLResponse": field}, base_url=PUBLIC_URL)
    assert answer.status_code == (303 if honest else 403)
    assert world.logged_in() is not honest
