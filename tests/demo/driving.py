"""Walking through the simulator without a browser, and looking into what it sends."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from resetapp.demo.messages import KeyTransport
from tests.demo.service_provider import ACS, Form, ServiceProvider, authn_request, sent

BASE = "http://127.0.0.1:9"
SSO = BASE + "/saml2/idp/SSOService2.php"
NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


class Clock:
    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset


def refused(response: TestResponse, words: str) -> bool:
    return response.status_code == 500 and response.mimetype == "text/plain" and words in response.text


def asked(client: FlaskClient, sp: ServiceProvider, xml: bytes | None = None) -> Form:
    page = client.get(sent(SSO, xml or authn_request(SSO), sp.signing))
    assert page.status_code == 200, page.text
    return Form(page.text)


def chosen(client: FlaskClient, form: Form, person: str, **choices: str) -> TestResponse:
    return client.post(form.action, data={**form.fields, "person": person, **choices})


def response_of(page: TestResponse) -> etree._Element:
    form = Form(page.text)
    assert form.action == ACS
    assert form.fields["RelayState"] == "state-1"
    return etree.fromstring(base64.b64decode(form.fields["SAMLResponse"]))


def opened(response: etree._Element, sp: ServiceProvider) -> etree._Element:
    """The assertion inside (AES-GCM, either key transport)."""
    values = [base64.b64decode(value.text) for value in response.iterfind(".//xenc:CipherValue", NS)]
    transport = response.find(".//xenc:EncryptedKey/xenc:EncryptionMethod", NS).get("Algorithm")
    digest = hashes.SHA1() if transport == KeyTransport.MGF1P else hashes.SHA256()  # noqa: S303 - fixed by xmlenc
    secret = sp.encryption.private.decrypt(values[0], OAEP(MGF1(digest), digest, None))
    return etree.fromstring(AESGCM(secret).decrypt(values[1][:12], values[1][12:], None))


def attributes(assertion: etree._Element) -> dict[str, list[str]]:
    found = assertion.iterfind(".//saml:Attribute", NS)
    return {a.get("FriendlyName"): [value.text for value in a] for a in found}


def authorities(assertion: etree._Element) -> list[str]:
    return [element.text for element in assertion.iterfind(".//saml:AuthenticatingAuthority", NS)]


def status(response: etree._Element) -> list[str]:
    return [code.get("Value") for code in response.iterfind(".//samlp:StatusCode", NS)]
