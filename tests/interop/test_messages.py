"""Our request to log in, whole or changed on its way, is judged by SimpleSAMLphp and not by code of ours."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.interop.conftest import Scene

pytestmark = pytest.mark.interop


def test_our_request_is_verified_by_the_hub(scene: Scene) -> None:
    page = scene.browser.open(request_url(scene))
    assert scene.asks_for_password(page), scene.browser.visited


def test_a_request_with_another_relay_state_is_refused_by_the_hub(scene: Scene) -> None:
    """So it does look at the signature."""
    scene.not_believed_by_the_hub(changed(request_url(scene), RelayState="another"))


def test_a_request_with_the_message_of_another_is_refused_by_the_hub(scene: Scene) -> None:
    other = dict(parse_qsl(urlsplit(request_url(scene)).query))["SAMLRequest"]
    scene.not_believed_by_the_hub(changed(request_url(scene), SAMLRequest=other))


def test_a_request_without_signature_is_refused_by_the_hub(scene: Scene) -> None:
    unsigned = changed(request_url(scene), Signature=None, SigAlg=None)
    scene.not_believed_by_the_hub(unsigned, "no signature found on message")


def request_url(scene: Scene) -> str:
    """Where our start page sends a browser that wants to log in."""
    answer = scene.browser.session.get(scene.service.url + "/login", allow_redirects=False, timeout=30)
    assert answer.headers["Location"].startswith(scene.federation.hub.url)
    return answer.headers["Location"]


def changed(url: str, **fields: str | None) -> str:
    """The address with these fields of its query set or, with None, left out."""
    split = urlsplit(url)
    query = {**dict(parse_qsl(split.query)), **fields}
    return split._replace(query=urlencode({name: value for name, value in query.items() if value is not None})).geturl()
