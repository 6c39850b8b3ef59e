"""Rows 2 and 29: a query string is verified octet by octet as it came, before anything in it is read."""

import base64
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from resetapp.demo import messages
from resetapp.demo.messages import HubKey, SignatureAlgorithm
from resetapp.saml.service_provider import LogoutRequested
from tests.builders import NOON
from tests.saml.logout_scene import a_request, query, query_refusal, resigned
from tests.saml.scene import SLO, Scene


def test_the_relay_state_comes_along(scene: Scene) -> None:
    found = scene.sp.read_logout(query(scene, a_request(), relay_state="a b/~æ&="), NOON)
    assert isinstance(found, LogoutRequested)
    assert found.relay_state == "a b/~æ&="
    signed = messages.encoded(messages.signed(a_request(), scene.hub))
    again = scene.sp.read_posted_logout(signed, "back", NOON)
    assert isinstance(again, LogoutRequested)
    assert again.relay_state == "back"


@pytest.mark.parametrize(
    "respell",
    [
        lambda text: re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text),  # .NET
        lambda text: text.replace("~", "%7E").replace("-", "%2D"),  # PHP, Java
        lambda text: text.replace("RelayState=a%20b", "RelayState=a+b"),
        lambda text: text.replace("%3A", ":").replace("%2F", "/").replace("%23", "%23"),
    ],
)
def test_other_honest_spellings_of_the_query_are_verified_as_they_are(
    scene: Scene, respell: Callable[[str], str]
) -> None:
    signed = query(scene, a_request(), relay_state="a b~-").decode().partition("&Signature=")[0]
    assert respell(signed) != signed
    found = scene.sp.read_logout(resigned(scene, respell(signed)), NOON)
    assert isinstance(found, LogoutRequested)
    assert found.relay_state == "a b~-"


def test_the_order_of_the_parameters_is_free_but_what_is_signed_is_not(scene: Scene) -> None:
    parts = query(scene, a_request(), relay_state="r").split(b"&")
    assert isinstance(scene.sp.read_logout(b"&".join(reversed(parts)), NOON), LogoutRequested)


@pytest.mark.parametrize("algorithm", [SignatureAlgorithm.RSA_SHA384, SignatureAlgorithm.RSA_SHA512])
def test_longer_hashes_are_welcome(scene: Scene, algorithm: SignatureAlgorithm) -> None:
    url = messages.redirect_url(SLO, "SAMLRequest", a_request(), None, scene.hub, algorithm)
    assert isinstance(scene.sp.read_logout(url.partition("?")[2].encode(), NOON), LogoutRequested)


def test_an_unsigned_query_ends_nothing(scene: Scene) -> None:
    unsigned = messages.redirect_url(SLO, "SAMLRequest", a_request(), None, None).partition("?")[2].encode()
    good = query(scene, a_request())
    assert query_refusal(scene, unsigned) == "unsigned"
    assert query_refusal(scene, re.sub(rb"&SigAlg=[^&]*", b"", good)) == "unsigned"
    assert query_refusal(scene, re.sub(rb"&Signature=[^&]*", b"", good)) == "unsigned"
    assert query_refusal(scene, re.sub(rb"&Signature=[^&]*", b"&Signature=", good)) == "unsigned"
    assert query_refusal(scene, re.sub(rb"&SigAlg=[^&]*", b"&SigAlg=", good)) == "unsigned"


def test_a_weak_or_foreign_signature_ends_nothing(scene: Scene) -> None:
    sha1 = messages.redirect_url(SLO, "SAMLRequest", a_request(), None, scene.hub, SignatureAlgorithm.RSA_SHA1)
    assert query_refusal(scene, sha1.partition("?")[2].encode()) == "signature-algorithm"
    stranger = messages.redirect_url(SLO, "SAMLRequest", a_request(), None, HubKey.create("hub", 2048))
    assert query_refusal(scene, stranger.partition("?")[2].encode()) == "signature"


def test_nothing_signed_may_be_changed_added_or_taken_away(scene: Scene) -> None:
    good = query(scene, a_request(), relay_state="r")
    other = query(scene, a_request(name_id="_victim"))
    message = other.partition(b"&")[0]
    assert query_refusal(scene, re.sub(rb"SAMLRequest=[^&]*", message, good)) == "signature"
    assert query_refusal(scene, good.replace(b"RelayState=r", b"RelayState=s")) == "signature"
    assert query_refusal(scene, good.replace(b"&RelayState=r", b"")) == "signature"
    assert query_refusal(scene, good.replace(b"SAMLRequest=", b"SAMLResponse=")) == "signature"
    assert query_refusal(scene, query(scene, a_request()) + b"&RelayState=s") == "signature"
    assert query_refusal(scene, good.replace(b"rsa-sha256", b"rsa-sha512")) == "signature"


@pytest.mark.parametrize("name", [b"SAMLRequest", b"RelayState", b"SigAlg", b"Signature"])
def test_a_parameter_that_is_there_twice_is_refused(scene: Scene, name: bytes) -> None:
    good = query(scene, a_request(), relay_state="r")
    assert query_refusal(scene, good + b"&" + name + b"=x") == "repeated-parameter"
    assert query_refusal(scene, name + b"=x&" + good) == "repeated-parameter"


@pytest.mark.parametrize("extra", [b"&x=y", b"&", b"&SAML%52equest=x", b"&samlrequest=x", b"&SAMLart=x", b"&="])
def test_a_parameter_that_is_not_known_is_refused(scene: Scene, extra: bytes) -> None:
    assert query_refusal(scene, query(scene, a_request()) + extra) == "unknown-parameter"


def test_a_query_holds_one_message(scene: Scene) -> None:
    good = query(scene, a_request())
    assert query_refusal(scene, good + b"&SAMLResponse=x") == "not-one-message"
    assert query_refusal(scene, b"RelayState=x") == "not-one-message"
    assert query_refusal(scene, b"") == "unknown-parameter"


def test_the_encoding_is_deflate(scene: Scene) -> None:
    deflate = b"&SAMLEncoding=urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"
    assert scene.sp.read_logout(query(scene, a_request()) + deflate, NOON)
    assert query_refusal(scene, query(scene, a_request()) + b"&SAMLEncoding=gzip") == "encoding"


def packed(scene: Scene, octets: bytes) -> bytes:
    """A query whose message is these octets, signed by the hub."""
    message = quote(base64.b64encode(octets).decode(), safe="")
    algorithm = quote("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", safe="")
    return resigned(scene, f"SAMLRequest={message}&SigAlg={algorithm}")


def deflated(octets: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return packer.compress(octets) + packer.flush()


def test_what_inflates_to_too_much_is_refused(scene: Scene) -> None:
    xml = a_request()
    limit = 64 * 1024
    fits = xml.replace(b">", b">" + b" " * (limit - len(xml)), 1)
    assert len(fits) == limit
    assert scene.sp.read_logout(packed(scene, deflated(fits)), NOON)
    assert query_refusal(scene, packed(scene, deflated(fits + b" "))) == "deflate"
    bomb = deflated(b"<" * 20_000_000)
    assert len(packed(scene, bomb)) < 32 * 1024
    assert query_refusal(scene, packed(scene, bomb)) == "deflate"


def test_a_message_that_is_not_properly_deflated_is_refused(scene: Scene) -> None:
    good = deflated(a_request())
    assert query_refusal(scene, packed(scene, good + b"x")) == "deflate"
    assert query_refusal(scene, packed(scene, good[:-4])) == "deflate"
    assert query_refusal(scene, packed(scene, a_request())) == "deflate"
    assert query_refusal(scene, packed(scene, deflated(b"hello"))) == "not-xml"
    assert query_refusal(scene, packed(scene, deflated(b"\n" + a_request()))) == "not-xml"
    assert query_refusal(scene, packed(scene, b"")) == "deflate"
    raw = query(scene, a_request()).decode().partition("&Signature=")[0]
    assert query_refusal(scene, resigned(scene, raw.replace("SAMLRequest=", "SAMLRequest=*"))) == "base64"
    assert query_refusal(scene, resigned(scene, raw.replace("SAMLRequest=", "SAMLRequest=%C3"))) == "encoding"
    assert query_refusal(scene, "SAMLRequest=æ&SigAlg=x&Signature=x".encode()) == "signature-algorithm"
    assert query_refusal(scene, b"SAMLRequest=x&SigAlg=\xe6&Signature=x") == "encoding"


def test_a_query_that_is_too_long_is_refused_unread(scene: Scene) -> None:
    assert query_refusal(scene, b"SAMLRequest=" + b"x" * 32 * 1024) == "too-large"
