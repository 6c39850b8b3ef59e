"""What we send to the hub, always through the browser and always signed (HTTP-Redirect, RSA-SHA256)."""

import secrets
import zlib
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from saml2 import SamlBase, saml, samlp

from resetapp.core.people import SamlLogin
from resetapp.saml.instants import MESSAGE_LIFETIME, write_instant
from resetapp.saml.names import NSIS_LEVEL, POST, RSA_SHA256, SUCCESS, TRANSIENT

_RELAY_STATE_LIMIT = 80  # octets (SAML bindings 3.4.3); beyond it the hub forgets it when it restarts (wayf.md 4.3)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """`url` is where the browser is sent (303)."""

    message_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Builds with pysaml2's message classes and signs. Keeps nothing: what logout needs is in our own database.

    pysaml2's client would do both, but to load it costs each worker a second and 40 MB: it compiles the schemas of
    SAML, which a message of ours never meets.
    """

    key: RSAPrivateKey = field(repr=False)
    entity_id: str
    provider_name: str

    def authn_request(
        self, sso_url: str, acs_url: str, scoping: tuple[str, ...], relay_state: str, now: datetime
    ) -> SentMessage:
        """Asks for a fresh login (ForceAuthn, S-11) at NemLog-in, at level Substantial or above.

        Scoping and level are wishes that the hub may pass over: the assertion itself is asked again.
        """
        request = samlp.AuthnRequest(
            **self._beginning(sso_url, now),
            force_authn="true",
            assertion_consumer_service_url=acs_url,
            protocol_binding=POST,
            provider_name=self.provider_name,
            name_id_policy=samlp.NameIDPolicy(format=TRANSIENT),
            requested_authn_context=samlp.RequestedAuthnContext(
                authn_context_class_ref=[saml.AuthnContextClassRef(text=NSIS_LEVEL + "Substantial")],
                comparison="minimum",
            ),
            scoping=_scoping(scoping),
        )
        return SentMessage(request.id, self._signed_url("SAMLRequest", request, sso_url, relay_state))

    def logout_request(self, slo_url: str, login: SamlLogin, relay_state: str, now: datetime) -> SentMessage:
        """The NameID goes back as it came, attributes and all (saml2int SP29)."""
        request = samlp.LogoutRequest(
            **self._beginning(slo_url, now),
            not_on_or_after=write_instant(now + MESSAGE_LIFETIME),
            name_id=_name_id(login),
            session_index=[samlp.SessionIndex(text=login.session_index)] if login.session_index else [],
        )
        return SentMessage(request.id, self._signed_url("SAMLRequest", request, slo_url, relay_state))

    def logout_response(self, url: str, in_response_to: str, relay_state: str | None, now: datetime) -> str:
        """Success, also when the login was gone already: that is what the hub wants to know (T4)."""
        response = samlp.LogoutResponse(
            **self._beginning(url, now),
            in_response_to=in_response_to,
            status=samlp.Status(status_code=samlp.StatusCode(value=SUCCESS)),
        )
        return self._signed_url("SAMLResponse", response, url, relay_state or "")

    def _beginning(self, url: str, now: datetime) -> dict[str, object]:
        """What all messages begin with."""
        return {
            "id": _new_id(),
            "version": "2.0",
            "issue_instant": write_instant(now),
            "destination": url,
            "issuer": saml.Issuer(text=self.entity_id),
        }

    def _signed_url(self, name: str, message: SamlBase, url: str, relay_state: str) -> str:
        """The signature covers the query as it is sent (SAML bindings 3.4.4.1); an empty RelayState is left out."""
        if name == "SAMLRequest" and len(relay_state.encode()) > _RELAY_STATE_LIMIT:
            raise ValueError(f"a RelayState holds at most {_RELAY_STATE_LIMIT} octets")
        fields = {name: _deflated(str(message).encode()), "RelayState": relay_state, "SigAlg": RSA_SHA256}
        query = urlencode({key: value for key, value in fields.items() if value}, quote_via=quote)
        signature = b64encode(self.key.sign(query.encode(), PKCS1v15(), SHA256())).decode()
        return f"{url}{'&' if '?' in url else '?'}{query}&{urlencode({'Signature': signature})}"


def _deflated(xml: bytes) -> str:
    """Raw deflate in base64 (SAML bindings 3.4.4.1)."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return b64encode(deflater.compress(xml) + deflater.flush()).decode()


def _new_id() -> str:
    """160 random bits; an XML ID may not begin with a digit (SAML core 1.3.4)."""
    return "_" + secrets.token_hex(20)


def _scoping(providers: tuple[str, ...]) -> samlp.Scoping | None:
    if not providers:
        return None
    return samlp.Scoping(idp_list=samlp.IDPList(idp_entry=[samlp.IDPEntry(provider_id=name) for name in providers]))


def _name_id(login: SamlLogin) -> saml.NameID:
    return saml.NameID(
        text=login.name_id,
        format=login.name_id_format or None,
        name_qualifier=login.name_qualifier,
        sp_name_qualifier=login.sp_name_qualifier,
    )
