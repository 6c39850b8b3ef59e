"""The hub's SAML messages: the login's Response, errors and logout, with real signatures and real encryption.

A message is made in steps that can be called one by one, so that a test can tamper between them:
`assertion_xml` → `sign` → `encrypt` → put into `envelope_xml` → `sign` → `serialised` → `encoded`;
`login_response` does them all. A field set to None is left out of the message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from lxml import etree

from resetapp.demo.hub_attributes import FRIENDLY_NAMES, OIDS, name_format, nemlogin_attributes
from resetapp.demo.hub_crypto import (
    SAML,
    Cipher,
    DigestAlgorithm,
    KeyTransport,
    SignatureAlgorithm,
    child,
    encrypt,
    redirect_url,
    sign,
)
from resetapp.demo.hub_envelope import (
    AUTHN_FAILED,
    BEARER,
    NO_PASSIVE,
    RESPONDER,
    SUCCESS,
    TRANSIENT,
    add_issuer,
    add_status,
    encoded,
    instant,
    message,
    new_id,
    put,
    serialised,
    signed,
)
from resetapp.demo.hub_keys import HubKey
from resetapp.demo.hub_logout import logout_request, logout_response
from resetapp.demo.hub_metadata import hub_metadata

__all__ = [
    "AUTHN_FAILED",
    "NO_PASSIVE",
    "OIDS",
    "RESPONDER",
    "SUCCESS",
    "Cipher",
    "DigestAlgorithm",
    "HubKey",
    "KeyTransport",
    "LoginResponse",
    "SignatureAlgorithm",
    "Signing",
    "assertion_xml",
    "encoded",
    "encrypt",
    "envelope_xml",
    "error_response",
    "hub_metadata",
    "login_response",
    "logout_request",
    "logout_response",
    "nemlogin_attributes",
    "new_id",
    "redirect_url",
    "serialised",
    "sign",
    "signed",
]

SUBSTANTIAL = "https://data.gov.dk/concept/core/nsis/loa/Substantial"
NEMLOGIN_AUTHORITIES = ("https://saml.nemlog-in.dk", "https://nemlogin.wayf.dk")


class Signing(StrEnum):
    """Which element carries the signature. The hub's default is the assertion alone."""

    ASSERTION = "assertion"
    RESPONSE = "response"
    BOTH = "both"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LoginResponse:
    """Every value of a Response that varies. Begin with `honest` and change it by `dataclasses.replace`."""

    issuer: str | None
    destination: str | None
    recipient: str | None
    audience: str | None
    in_response_to: str | None
    attributes: Mapping[str, Sequence[str]] = field(repr=False)
    now: datetime
    response_id: str | None = field(default_factory=new_id)
    assertion_id: str | None = field(default_factory=new_id)
    name_id: str | None = field(default_factory=new_id)
    name_id_format: str | None = TRANSIENT
    session_index: str | None = field(default_factory=new_id)
    authorities: tuple[str, ...] = NEMLOGIN_AUTHORITIES
    class_ref: str | None = SUBSTANTIAL
    authn_instant: datetime | None = None  # None: now
    not_before: timedelta | None = timedelta(seconds=-10)  # this and the next three count from now
    not_on_or_after: timedelta | None = timedelta(minutes=4)
    confirmation_not_on_or_after: timedelta | None = timedelta(minutes=4)
    session_not_on_or_after: timedelta | None = timedelta(hours=4)
    status: tuple[str, ...] = (SUCCESS,)  # outermost code first
    status_message: str | None = None
    base64_attributes: bool = False
    signing: Signing = Signing.ASSERTION
    signature_algorithm: SignatureAlgorithm = SignatureAlgorithm.RSA_SHA256
    digest_algorithm: DigestAlgorithm = DigestAlgorithm.SHA256
    encrypt: bool = True
    key_transport: KeyTransport = KeyTransport.MGF1P
    cipher: Cipher = Cipher.AES256_GCM

    @classmethod
    def honest(
        cls,
        issuer: str,
        acs: str,
        audience: str,
        in_response_to: str,
        attributes: Mapping[str, Sequence[str]],
        now: datetime,
    ) -> "LoginResponse":
        """What the hub sends to the service provider `audience` at its assertion consumer service `acs`."""
        return cls(issuer, acs, acs, audience, in_response_to, attributes, now)

    def at(self, offset: timedelta | None) -> str | None:
        return None if offset is None else instant(self.now + offset)


def assertion_xml(response: LoginResponse) -> etree._Element:
    """The assertion, not yet signed, as a document of its own."""
    assertion = etree.Element(f"{{{SAML}}}Assertion", nsmap={"saml": SAML})
    put(assertion, ID=response.assertion_id, Version="2.0", IssueInstant=instant(response.now))
    add_issuer(assertion, response.issuer)
    _subject(assertion, response)
    _conditions(assertion, response)
    _authn_statement(assertion, response)
    _attribute_statement(assertion, response)
    return assertion


def envelope_xml(response: LoginResponse) -> etree._Element:
    """The samlp:Response with Issuer and Status; the (encrypted) assertion is appended to it."""
    envelope = message("Response", response.response_id, response.now, response.destination, response.in_response_to)
    add_issuer(envelope, response.issuer)
    add_status(envelope, response.status, response.status_message)
    return envelope


def login_response(
    response: LoginResponse, hub_key: HubKey, sp_encryption_certificate: x509.Certificate | None = None
) -> bytes:
    """The whole Response. Raises ValueError if it is to be encrypted and there is no certificate."""
    algorithms = response.signature_algorithm, response.digest_algorithm
    assertion = assertion_xml(response)
    if response.signing in (Signing.ASSERTION, Signing.BOTH):
        sign(assertion, hub_key, *algorithms)
    envelope = envelope_xml(response)
    envelope.append(_sealed(assertion, response, sp_encryption_certificate) if response.encrypt else assertion)
    if response.signing in (Signing.RESPONSE, Signing.BOTH):
        sign(envelope, hub_key, *algorithms)
    return serialised(envelope)


def _sealed(assertion: etree._Element, response: LoginResponse, certificate: x509.Certificate | None) -> etree._Element:
    if certificate is None:
        raise ValueError("an encrypted response needs the service provider's encryption certificate")
    return encrypt(serialised(assertion), certificate, response.key_transport, response.cipher)


def error_response(response: LoginResponse, hub_key: HubKey | None) -> bytes:
    """The envelope alone, for a `response.status` other than Success, signed as the hub does unless there is no key."""
    envelope = envelope_xml(response)
    if hub_key is not None:
        sign(envelope, hub_key, response.signature_algorithm, response.digest_algorithm)
    return serialised(envelope)


def _subject(assertion: etree._Element, response: LoginResponse) -> None:
    subject = child(assertion, f"{{{SAML}}}Subject")
    if response.name_id is not None:
        qualifiers = {"Format": response.name_id_format, "SPNameQualifier": response.audience}
        child(subject, f"{{{SAML}}}NameID", response.name_id, **qualifiers)
    confirmation = child(subject, f"{{{SAML}}}SubjectConfirmation", Method=BEARER)
    child(
        confirmation,
        f"{{{SAML}}}SubjectConfirmationData",
        NotOnOrAfter=response.at(response.confirmation_not_on_or_after),
        Recipient=response.recipient,
        InResponseTo=response.in_response_to,
    )


def _conditions(assertion: etree._Element, response: LoginResponse) -> None:
    conditions = child(
        assertion,
        f"{{{SAML}}}Conditions",
        NotBefore=response.at(response.not_before),
        NotOnOrAfter=response.at(response.not_on_or_after),
    )
    if response.audience is not None:
        child(child(conditions, f"{{{SAML}}}AudienceRestriction"), f"{{{SAML}}}Audience", response.audience)


def _authn_statement(assertion: etree._Element, response: LoginResponse) -> None:
    statement = child(
        assertion,
        f"{{{SAML}}}AuthnStatement",
        AuthnInstant=instant(response.authn_instant or response.now),
        SessionIndex=response.session_index,
        SessionNotOnOrAfter=response.at(response.session_not_on_or_after),
    )
    context = child(statement, f"{{{SAML}}}AuthnContext")
    if response.class_ref is not None:
        child(context, f"{{{SAML}}}AuthnContextClassRef", response.class_ref)
    for authority in response.authorities:
        child(context, f"{{{SAML}}}AuthenticatingAuthority", authority)


def _attribute_statement(assertion: etree._Element, response: LoginResponse) -> None:
    statement = child(assertion, f"{{{SAML}}}AttributeStatement")
    for name, values in response.attributes.items():
        friendly = FRIENDLY_NAMES.get(name, name)
        attribute = child(
            statement, f"{{{SAML}}}Attribute", Name=name, NameFormat=name_format(name), FriendlyName=friendly
        )
        for value in values:
            text = encoded(value.encode()) if response.base64_attributes else value
            child(attribute, f"{{{SAML}}}AttributeValue", text)
