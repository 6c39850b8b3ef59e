"""A hub with real keys and our service provider facing it, at noon. Messages are honest until a test changes them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from lxml import etree

from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson
from resetapp.demo import messages
from resetapp.demo.messages import HubKey, LoginResponse, nemlogin_attributes
from resetapp.saml.keys import create_key_pair
from resetapp.saml.service_provider import PendingLogin, ServiceProvider
from resetapp.settings import Institution, KeyPair, Wayf
from resetapp.trouble import LoginRefused
from tests.builders import NOON

HUB = "https://hub.example.org"
PUBLIC_URL = "https://password.example.dk"
ENTITY = f"{PUBLIC_URL}/saml/metadata"
ACS = f"{PUBLIC_URL}/saml/acs"
SLO = f"{PUBLIC_URL}/saml/slo"
CPR = "6101901234"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"

INSTITUTION = Institution(
    name="Prøveby Universitet",
    name_en="University of Testville",
    support_phone="12 34 56 78",
    support_email="it@example.dk",
    support_hours="9-15",
    support_hours_en="9-15",
    accessibility_url="",
    privacy_contact="dpo@example.dk",
)

Change = Callable[[etree._Element], Any]


def unchanged(_: etree._Element) -> None:
    """The honest message."""


@dataclass(frozen=True)
class Scene:
    folder: Path
    hub: HubKey
    wayf: Wayf
    sp: ServiceProvider
    certificate: x509.Certificate  # the one the hub encrypts to
    pending: PendingLogin = field(default_factory=lambda: PendingLogin("_request-1", NOON - timedelta(minutes=1)))

    @classmethod
    def in_folder(cls, folder: Path) -> "Scene":
        pairs = [KeyPair(folder / f"{name}.key", folder / f"{name}.crt") for name in ("signing", "encryption")]
        for pair in pairs:
            create_key_pair(pair, pair.key_file.stem, NOON)
        hub = HubKey.create("hub")
        (folder / "hub.xml").write_bytes(messages.hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [hub]))
        wayf = Wayf(
            entity_id=ENTITY,
            hub_entity_id=HUB,
            hub_metadata_file=folder / "hub.xml",
            signing=pairs[0],
            encryption=(pairs[1],),
            service_name="Ny adgangskode",
            service_name_en="New password",
            purpose="Formålet er at give dig en ny adgangskode.",
            purpose_en="The purpose is to give you a new password.",
            technical_contact="saml@example.dk",
        )
        certificate = x509.load_pem_x509_certificate(pairs[1].certificate_file.read_bytes())
        return cls(folder, hub, wayf, ServiceProvider(wayf, PUBLIC_URL, INSTITUTION), certificate)

    def set_up(self, **changes: Any) -> "Scene":
        """The same scene with other settings."""
        wayf = replace(self.wayf, **changes)
        return replace(self, wayf=wayf, sp=ServiceProvider(wayf, PUBLIC_URL, INSTITUTION))

    def response(self, **changes: Any) -> LoginResponse:
        attributes = nemlogin_attributes(CPR, "Ida Ørsted")
        honest = LoginResponse.honest(HUB, ACS, ENTITY, self.pending.request_id, attributes, NOON)
        return replace(honest, **changes)

    def xml(self, **changes: Any) -> bytes:
        return messages.login_response(self.response(**changes), self.hub, self.certificate)

    def made(
        self, before: Change = unchanged, after: Change = unchanged, envelope: Change = unchanged, **changes: Any
    ) -> bytes:
        """A Response tampered with: `before` the assertion is signed, `after` that, and on the finished envelope."""
        response = self.response(**changes)
        assertion = messages.assertion_xml(response)
        before(assertion)
        messages.sign(assertion, self.hub, response.signature_algorithm, response.digest_algorithm)
        after(assertion)
        return self.sealed(messages.serialised(assertion), envelope, **changes)

    def sealed(self, plain: bytes, envelope: Change = unchanged, **changes: Any) -> bytes:
        """Anything at all, encrypted for us: our public key is public."""
        response = self.response(**changes)
        root = messages.envelope_xml(response)
        root.append(messages.encrypt(plain, self.certificate, response.key_transport, response.cipher))
        envelope(root)
        return messages.serialised(root)

    def read(self, xml: bytes, now: datetime = NOON, pending: PendingLogin | None = None) -> AuthenticatedPerson:
        return self.sp.read_response(messages.encoded(xml), pending or self.pending, now)

    def refusal(
        self, xml: bytes, now: datetime = NOON, pending: PendingLogin | None = None, outcome: Outcome | None = None
    ) -> str:
        """Why the message is refused; fails when it is not. The outcome is the plain one unless another is given."""
        return self.field_refusal(messages.encoded(xml), now, pending, outcome)

    def field_refusal(
        self,
        encoded: str,
        now: datetime = NOON,
        pending: PendingLogin | None = None,
        outcome: Outcome | None = None,
    ) -> str:
        with pytest.raises(LoginRefused) as caught:
            self.sp.read_response(encoded, pending or self.pending, now)
        assert caught.value.outcome == (outcome or Outcome.LOGIN_FAILED)
        assert caught.value.__context__ is None, "no exception of a library may come along"
        return caught.value.reason


def at(path: str) -> Callable[[etree._Element], etree._Element]:
    """Finds the one element below; a path with prefixes saml, samlp, ds and xenc."""
    prefixes = {"saml": SAML[1:-1], "samlp": SAMLP[1:-1], "ds": DS[1:-1], "xenc": XENC[1:-1]}

    def find(root: etree._Element) -> etree._Element:
        (found,) = root.xpath(path, namespaces=prefixes)
        return found

    return find


def gone(path: str) -> Change:
    """Takes the element out."""

    def change(root: etree._Element) -> None:
        node = at(path)(root)
        node.getparent().remove(node)

    return change


def put(path: str, attribute: str, value: str | None) -> Change:
    """Sets an attribute; None takes it away."""

    def change(root: etree._Element) -> None:
        node = at(path)(root)
        if value is None:
            del node.attrib[attribute]
        else:
            node.set(attribute, value)

    return change


def say(path: str, text: str) -> Change:
    """Sets the text of an element."""

    def change(root: etree._Element) -> None:
        at(path)(root).text = text

    return change


def add(path: str, xml: str, index: int | None = None) -> Change:
    """Puts a new element into another, last or at `index`. The prefixes saml, samlp and ds are declared."""

    def change(root: etree._Element) -> None:
        declared = f'xmlns:saml="{SAML[1:-1]}" xmlns:samlp="{SAMLP[1:-1]}" xmlns:ds="{DS[1:-1]}"'
        (node,) = etree.fromstring(f"<w {declared}>{xml}</w>")
        parent = at(path)(root)
        parent.insert(len(parent) if index is None else index, node)

    return change


def double(path: str) -> Change:
    """Puts a copy of the element behind it."""

    def change(root: etree._Element) -> None:
        node = at(path)(root)
        node.addnext(etree.fromstring(etree.tostring(node)))

    return change
