"""Whatever is done to a message at random, the answer is the one refusal: no other exception, and nobody logged in."""

from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from resetapp.demo import messages
from resetapp.saml.faults import Refused
from resetapp.saml.xml import text
from resetapp.trouble import LoginRefused, LogoutRefused
from tests.builders import NOON
from tests.saml.logout_scene import a_request, query
from tests.saml.scene import Scene

MANY = settings(max_examples=150, deadline=None, derandomize=True)
FORESEEN = r"^(?!.*unforeseen)"  # a stranger must not be able to fill the log with errors either
Spot = tuple[float, bytes, int]
SPOT = st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=6), st.integers(0, 6))


def refused_or_the_same(read: Callable[[], object], honest: object) -> None:
    """By the one kind of refusal, for a cause that was thought of."""
    try:
        found = read()
    except (LoginRefused, LogoutRefused) as refused:
        found = None if refused.reason != "unforeseen" else refused
    assert found in (None, honest)


def mutated(octets: bytes, spot: Spot) -> bytes:
    """Some octets somewhere replaced, added or taken away."""
    where, new, dropped = spot
    start = int(where * len(octets))
    return octets[:start] + new + octets[start + dropped :]


@pytest.fixture(scope="module")
def response(scene: Scene) -> bytes:
    return scene.xml()


@pytest.fixture(scope="module")
def assertion(scene: Scene) -> bytes:
    made = messages.assertion_xml(scene.response())
    messages.sign(made, scene.hub)
    return messages.serialised(made)


@pytest.fixture(scope="module")
def logout(scene: Scene) -> bytes:
    return query(scene, a_request(), relay_state="r")


@MANY
@given(spot=SPOT)
def test_a_changed_assertion_is_refused_or_still_says_the_same(scene: Scene, assertion: bytes, spot: Spot) -> None:
    """Signed, then changed, then encrypted. Only the certificate beside the signature is not covered, and not read."""
    refused_or_the_same(lambda: scene.read(scene.sealed(mutated(assertion, spot))), scene.read(scene.sealed(assertion)))


@MANY
@given(spot=SPOT)
def test_a_changed_response_is_refused_or_still_says_the_same(scene: Scene, response: bytes, spot: Spot) -> None:
    """The envelope is not signed, so a change may not matter; whoever logs in is then the one the hub vouched for."""
    refused_or_the_same(lambda: scene.read(mutated(response, spot)), scene.read(response))


@MANY
@given(spot=SPOT)
def test_a_changed_field_is_refused_or_still_says_the_same(scene: Scene, response: bytes, spot: Spot) -> None:
    field = mutated(messages.encoded(response).encode(), spot).decode("latin-1")
    refused_or_the_same(lambda: scene.sp.read_response(field, scene.pending, NOON), scene.read(response))


@MANY
@given(field=st.text(max_size=200))
def test_any_text_is_refused(scene: Scene, field: str) -> None:
    with pytest.raises(LoginRefused, match=FORESEEN):
        scene.sp.read_response(field, scene.pending, NOON)
    with pytest.raises(LogoutRefused, match=FORESEEN):
        scene.sp.read_posted_logout(field, field, NOON)


@MANY
@given(plain=st.binary(max_size=200))
def test_any_octets_in_the_encryption_are_refused(scene: Scene, plain: bytes) -> None:
    with pytest.raises(LoginRefused, match=FORESEEN):
        scene.read(scene.sealed(plain))


@MANY
@given(raw=st.binary(max_size=200))
def test_any_query_is_refused(scene: Scene, raw: bytes) -> None:
    with pytest.raises(LogoutRefused, match=FORESEEN):
        scene.sp.read_logout(raw, NOON)


@MANY
@given(spot=SPOT)
def test_a_changed_query_is_refused_or_still_says_the_same(scene: Scene, logout: bytes, spot: Spot) -> None:
    refused_or_the_same(lambda: scene.sp.read_logout(mutated(logout, spot), NOON), scene.sp.read_logout(logout, NOON))


@pytest.mark.parametrize("now", [datetime.min, datetime(2026, 11, 22)])
def test_a_mistake_of_our_own_lets_nobody_in_and_does_not_tell_the_message(
    scene: Scene, response: bytes, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """A clock without a time zone: what goes wrong inside is a refusal, and the log gets the class of it alone."""
    assert scene.refusal(response, now) == "unforeseen"
    assert caplog.messages == ["a SAML message met an unforeseen TypeError"]
    assert all(record.exc_info is None for record in caplog.records)


def test_a_value_is_text_and_nothing_else() -> None:
    assert text(etree.fromstring("<a>x</a>")) == "x"
    for xml in ("<a/>", "<a> </a>", "<a>x<b/></a>", "<a><b/>x</a>"):
        with pytest.raises(Refused):
            text(etree.fromstring(xml))
