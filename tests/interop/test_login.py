"""Login with SimpleSAMLphp as the hub: ciphers, signing layouts, who may be asked, and what goes wrong there."""

import pytest

from tests.interop.conftest import Scene
from tests.interop.simplesamlphp import AES128_CBC, AES128_GCM, AES256_CBC, AES256_GCM, CPR

pytestmark = pytest.mark.interop

_FAILED = (403, "Vi kunne ikke logge dig på")
_CANCELLED = (403, "Du afbrød login")
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


def test_a_person_logs_in_and_is_found_by_cpr_number(scene: Scene) -> None:
    page = scene.log_in()
    assert page.path == "/password", scene.browser.visited
    assert "frni" in page.text
    assert CPR not in scene.service.log()


@pytest.mark.parametrize("cipher", [AES128_GCM, AES256_GCM])
def test_both_lengths_of_gcm_are_read(scene: Scene, cipher: str) -> None:
    scene.federation.answer(cipher)
    assert scene.log_in().path == "/password", scene.browser.visited


@pytest.mark.parametrize("cipher", [AES128_CBC, AES256_CBC])
def test_cbc_is_read_where_it_is_allowed_and_only_there(scene: Scene, cbc_scene: Scene, cipher: str) -> None:
    scene.federation.answer(cipher)
    assert cbc_scene.log_in().path == "/password", cbc_scene.browser.visited
    refused(scene, "content-algorithm")


def test_a_response_may_be_signed_besides_the_assertion(scene: Scene) -> None:
    scene.federation.answer(saml20_sign_response=True)
    assert scene.log_in().path == "/password", scene.browser.visited


def test_the_assertion_is_signed_because_our_metadata_asks_for_it(scene: Scene) -> None:
    """WantAssertionsSigned is heeded, whatever the hub does for others."""
    scene.federation.answer(saml20_sign_response=True, saml20_sign_assertion=False)
    assert scene.log_in().path == "/password", scene.browser.visited


def test_a_response_that_is_signed_instead_of_the_assertion_is_refused(scene: Scene) -> None:
    unheard(scene)
    scene.federation.answer(saml20_sign_response=True, saml20_sign_assertion=False)
    refused(scene, "only-response-signed")


def test_an_assertion_that_nobody_signed_is_refused(scene: Scene) -> None:
    unheard(scene)
    scene.federation.answer(saml20_sign_assertion=False)
    refused(scene, "unsigned-assertion")


def test_an_assertion_that_is_not_encrypted_is_refused(scene: Scene) -> None:
    scene.federation.answer(assertion_encryption=False)
    refused(scene, "plain-assertion")


def test_who_is_logged_in_already_is_asked_again(scene: Scene) -> None:
    """ForceAuthn goes through the hub to the identity provider, which would otherwise know the browser."""
    assert scene.log_in().path == "/password"
    page = scene.browser.open(scene.service.url + "/login")
    assert scene.asks_for_password(page), scene.browser.visited


@pytest.mark.parametrize(
    ("failure", "expected"),
    [("AuthnFailed", _CANCELLED), ("RequestDenied", _CANCELLED), ("NoPassive", _FAILED), ("NoAuthnContext", _FAILED)],
)
@pytest.mark.parametrize("signed", [True, False])
def test_a_failure_ends_on_its_page_and_nobody_is_logged_in(
    scene: Scene, failure: str, expected: tuple[int, str], signed: bool
) -> None:
    scene.federation.answer(saml20_sign_response=signed)
    scene.federation.source.give(failure=_STATUS + failure)
    page = scene.brought_back(scene.go_to_login())
    assert (page.status, page.heading) == expected, scene.browser.visited
    assert scene.logged_out()


def test_another_identity_provider_than_asked_for_is_not_offered_by_the_hub(scene: Scene) -> None:
    """Our Scoping names NemLog-in. The hub knows nobody of that name, so it answers NoSupportedIDP by itself."""
    scene.federation.know_source(b"https://idp.universitet.example")
    page = scene.go_to_login()
    page = scene.brought_back(page)
    assert (page.status, page.heading) == _FAILED, scene.browser.visited


def refused(scene: Scene, reason: str) -> None:
    """The person is told no more than that it failed; the reason stands in the log."""
    before = len(scene.service.log())
    page = scene.log_in()
    assert (page.status, page.heading) == _FAILED, scene.browser.visited
    assert reason not in page.text
    assert reason in scene.service.log()[before:]
    assert scene.logged_out()


def unheard(scene: Scene) -> None:
    """As WAYF, which has settings of its own, the hub does not see that we want assertions signed."""
    ours, theirs = scene.service.sp_metadata, scene.federation.hub.folder / "unheard.xml"
    theirs.write_bytes(ours.read_bytes().replace(b'WantAssertionsSigned="true"', b'WantAssertionsSigned="false"'))
    scene.federation.know(theirs)
