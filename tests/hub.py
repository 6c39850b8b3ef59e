"""The hub's side of a test: makes the messages that WAYF would send, with real signatures and encryption."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import decompress

from cryptography import x509
from lxml import etree

from resetapp.demo.messages import (
    HubKey,
    LoginResponse,
    encoded,
    error_response,
    login_response,
    nemlogin_attributes,
)
from resetapp.saml.xml import decode64

ENTITY_ID = "https://hub.example"
SSO = "https://hub.example/sso"
SLO = "https://hub.example/slo"


@dataclass(frozen=True)
class TestHub:
    """One hub with one signing key, and what it knows of the service provider."""

    __test__ = False
    key: HubKey
    acs: str
    audience: str
    certificate: x509.Certificate
    clock: Callable[[], datetime]

    def answer(self, request_id: str, cpr: str | None, name: str = "Freja Holm", **changes: Any) -> LoginResponse:
        """An honest answer, changed by keyword: any field of LoginResponse, or `level` and `cpr_values`."""
        said = {key: changes.pop(key) for key in ("level", "cpr_values", "home_organization") if key in changes}
        attributes = nemlogin_attributes(cpr, name, **said)
        honest = LoginResponse.honest(ENTITY_ID, self.acs, self.audience, request_id, attributes, self.clock())
        return replace(honest, **changes)

    def posted(self, response: LoginResponse) -> str:
        """The form field SAMLResponse."""
        return encoded(login_response(response, self.key, self.certificate))

    def failed(self, request_id: str, status: Sequence[str]) -> str:
        return encoded(error_response(self.answer(request_id, None, status=tuple(status)), self.key))


def sent_message(url: str) -> etree._Element:
    """The SAML message in the query of a redirect."""
    query = parse_qs(urlsplit(url).query)
    field = query.get("SAMLRequest") or query["SAMLResponse"]
    return etree.fromstring(decompress(decode64(field[0]), -15))


def request_id(url: str) -> str:
    return str(sent_message(url).get("ID"))
