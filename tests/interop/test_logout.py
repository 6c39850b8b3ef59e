"""Logout with SimpleSAMLphp as the hub, begun by us and begun there: each side verifies what the other signed."""

from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from tests.interop.conftest import Scene

pytestmark = pytest.mark.interop

_LOGOUT = "/saml2/idp/SingleLogoutService.php"
_AFTERWARDS = "/saml2/idp/metadata.php"


def test_our_logout_ends_the_login_at_the_hub_and_at_the_identity_provider(scene: Scene) -> None:
    scene.log_in()
    page = scene.log_out()
    assert page.path == "/signed-out", scene.browser.visited
    assert "Du er logget af her og hos NemLog-in." in page.text
    sent = [visit for visit in scene.browser.visited if _LOGOUT in visit and "SAMLRequest" in visit]
    assert [scene.federation.hub.url in visit for visit in sent] == [True, False]  # by us to it, by it to the other
    assert scene.logged_out()


def test_a_logout_request_of_ours_that_was_changed_is_refused_by_the_hub(scene: Scene) -> None:
    scene.log_in()
    scene.log_out()
    url = visited(scene, scene.federation.hub.url + _LOGOUT, "SAMLRequest")
    scene.not_believed_by_the_hub(with_field(url, "SigAlg", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"))


def test_the_hubs_logout_answer_is_verified_by_us(scene: Scene) -> None:
    scene.log_in()
    scene.log_out()
    url = visited(scene, scene.service.url + "/saml/slo", "SAMLResponse")
    before = len(scene.service.log())
    page = scene.browser.open(with_field(url, "Signature", "AAAA"))
    assert page.path == "/saml/slo"
    assert page.status in (400, 403)
    assert "signature" in scene.service.log()[before:]


def test_a_logout_that_the_hub_begins_ends_ours_and_gets_its_relay_state_back(scene: Scene) -> None:
    scene.log_in()
    before = len(scene.federation.hub.log())
    page = scene.browser.open(hub_logout(scene))
    ours = visited(scene, scene.federation.hub.url + _LOGOUT, "SAMLResponse")
    asked = visited(scene, scene.service.url + "/saml/slo", "SAMLRequest")
    assert parse_qs(urlsplit(ours).query)["RelayState"] == parse_qs(urlsplit(asked).query)["RelayState"]
    assert page.url == scene.federation.hub.url + _AFTERWARDS, scene.browser.visited
    told = scene.federation.hub.log()[before:]
    assert "Received SAML 2.0 LogoutResponse" in told
    assert "Unsuccessful logout" not in told
    assert scene.logged_out()


def test_our_answer_to_the_hubs_logout_is_verified_there(scene: Scene) -> None:
    scene.log_in()
    scene.browser.open(hub_logout(scene))
    ours = visited(scene, scene.federation.hub.url + _LOGOUT, "SAMLResponse")
    scene.not_believed_by_the_hub(with_field(ours, "RelayState", "another"))


def test_a_logout_request_of_the_hub_that_was_changed_ends_nothing(scene: Scene) -> None:
    scene.log_in()
    answer = scene.browser.session.get(hub_logout(scene), allow_redirects=False, timeout=30)
    while not answer.headers["Location"].startswith(scene.service.url):
        answer = scene.browser.session.get(answer.headers["Location"], allow_redirects=False, timeout=30)
    page = scene.browser.open(with_field(answer.headers["Location"], "RelayState", "another"))
    assert page.status in (400, 403)
    assert not scene.logged_out()
    scene.browser.open(answer.headers["Location"])
    assert scene.logged_out()


def hub_logout(scene: Scene) -> str:
    """Where the hub begins a logout of everybody whom it logged this browser in with."""
    return f"{scene.federation.hub.url}{_LOGOUT}?{urlencode({'ReturnTo': scene.federation.hub.url + _AFTERWARDS})}"


def visited(scene: Scene, address: str, field: str) -> str:
    """The last address below this one, with this field in its query, that the browser went to."""
    found = [visit.split()[1] for visit in scene.browser.visited if f" {address}?" in visit and f"{field}=" in visit]
    assert found, scene.browser.visited
    return found[-1]


def with_field(url: str, name: str, value: str) -> str:
    split = urlsplit(url)
    return split._replace(query=urlencode({**dict(parse_qsl(split.query)), name: value})).geturl()
