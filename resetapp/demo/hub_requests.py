"""Messages that a service provider sends to the hub, checked as the hub checks them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from lxml import etree

from resetapp.demo.hub_crypto import DS
from resetapp.demo.hub_envelope import SAMLP, SUCCESS, TRANSIENT
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_partner import Partner, consumer
from resetapp.demo.hub_xml import (
    checked,
    decoded,
    inflated,
    parsed,
    query_is_signed_by,
    root_is_signed_by,
    text_of,
)

_TOLERANCE = timedelta(seconds=90)
_FORMAT = "urn:oasis:names:tc:SAML:{}:nameid-format:{}"
PERSISTENT = _FORMAT.format("2.0", "persistent")
_UNSPECIFIED = _FORMAT.format("1.1", "unspecified")
_ASYNCHRONOUS = "urn:oasis:names:tc:SAML:2.0:protocol:ext:async-slo"
_NAME_ID_FORMATS = frozenset(
    {TRANSIENT, PERSISTENT, _FORMAT.format("1.1", "emailAddress"), _FORMAT.format("1.1", "X509SubjectName")}
)


@dataclass(frozen=True, slots=True)
class Message:
    """An incoming message whose issuer is known and whose signature, if it had one, was right."""

    root: etree._Element
    relay_state: str | None
    is_signed: bool

    @property
    def kind(self) -> str:
        return str(etree.QName(self.root).localname)

    @property
    def message_id(self) -> str:
        return str(self.root.get("ID"))


@dataclass(frozen=True, slots=True)
class LoginAsked:
    """An accepted AuthnRequest."""

    request_id: str
    acs: str
    relay_state: str | None
    force: bool
    passive: bool
    providers: tuple[str, ...]  # Scoping: the identity providers asked for
    name_id_format: str


def read_query(raw_query: bytes, partner: Partner) -> Message:
    """The redirect binding. The signature covers the query as it came, not as it would be encoded again."""
    pairs = [pair.partition("=") for pair in raw_query.decode("latin-1").split("&")]
    raw = {name: value for name, _, value in pairs}
    values = {name: unquote_plus(value) for name, value in raw.items()}
    message = next((values[name] for name in ("SAMLRequest", "SAMLResponse") if name in values), None)
    if message is None:
        raise HubFailure("no SAMLRequest and no SAMLResponse")
    root = checked(parsed(inflated(message)))
    if "Signature" in values and not _query_signature_fits(raw, values, partner):
        raise HubFailure("the signature of the query is wrong")
    return _known(root, values.get("RelayState"), "Signature" in values, partner)


def _query_signature_fits(raw: Mapping[str, str], values: Mapping[str, str], partner: Partner) -> bool:
    order = ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
    octets = "&".join(f"{name}={raw[name]}" for name in order if name in raw).encode("latin-1")
    return query_is_signed_by(partner.signing, octets, decoded(values["Signature"]), values.get("SigAlg", ""))


def read_form(form: Mapping[str, str], partner: Partner) -> Message:
    """The POST binding, with or without an enveloped signature."""
    message = form.get("SAMLRequest") or form.get("SAMLResponse")
    if not message:
        raise HubFailure("no SAMLRequest and no SAMLResponse")
    root = checked(parsed(decoded(message)))
    is_signed = root.find(f"{{{DS}}}Signature") is not None
    if is_signed and not root_is_signed_by(partner.signing, root):
        raise HubFailure("the signature of the message is wrong")
    return _known(root, form.get("RelayState"), is_signed, partner)


def _known(root: etree._Element, relay_state: str | None, is_signed: bool, partner: Partner) -> Message:
    if text_of(root, "Issuer") != partner.entity_id:
        raise HubFailure("unknown Issuer")
    return Message(root, relay_state, is_signed)


def login_asked(message: Message, partner: Partner, location: str, now: datetime) -> LoginAsked:
    """Raises HubFailure. `location` is the hub's own endpoint, which a signed request must name."""
    root = message.root
    if message.kind != "AuthnRequest":
        raise HubFailure("an AuthnRequest was expected")
    if message.is_signed:
        _check_signed(root, location, now)
    index = root.get("AssertionConsumerServiceIndex")
    acs = consumer(partner, root.get("AssertionConsumerServiceURL"), index, root.get("ProtocolBinding"))
    return LoginAsked(
        request_id=message.message_id,
        acs=acs,
        relay_state=message.relay_state,
        force=_is_true(root, "ForceAuthn") or not partner.logouts,  # no single sign-on without single logout
        passive=_is_true(root, "IsPassive"),
        providers=tuple(e.get("ProviderID", "") for e in root.iterfind(f".//{{{SAMLP}}}IDPEntry")),
        name_id_format=_name_id_format(root),
    )


def _check_signed(root: etree._Element, location: str, now: datetime) -> None:
    if root.get("Destination") != location:
        raise HubFailure("Destination is not this endpoint")
    issued = datetime.fromisoformat(root.get("IssueInstant"))
    if abs(now - issued.astimezone(UTC)) > _TOLERANCE:
        raise HubFailure("IssueInstant is more than 90 seconds off")


def _is_true(root: etree._Element, attribute: str) -> bool:
    return root.get(attribute) in ("true", "1")


def _name_id_format(root: etree._Element) -> str:
    policy = root.find(f"{{{SAMLP}}}NameIDPolicy")
    asked = _UNSPECIFIED if policy is None else policy.get("Format", _UNSPECIFIED)
    if asked == _UNSPECIFIED:
        return TRANSIENT
    if asked not in _NAME_ID_FORMATS:
        raise HubFailure("NameIDPolicy asks for an unsupported format")
    return str(asked)


def logout_succeeded(message: Message, request_id: str) -> bool:
    """Whether the message is a LogoutResponse that says Success to our LogoutRequest `request_id`."""
    code = message.root.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
    answers = message.kind == "LogoutResponse" and message.root.get("InResponseTo") == request_id
    return answers and code is not None and code.get("Value") == SUCCESS


def wants_no_answer(message: Message) -> bool:
    """The extension for asynchronous single logout."""
    return message.root.find(f"{{{SAMLP}}}Extensions/{{{_ASYNCHRONOUS}}}Asynchronous") is not None
