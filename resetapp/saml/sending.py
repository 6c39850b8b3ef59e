"""What we send to the hub, always through the browser and always signed (HTTP-Redirect, RSA-SHA256)."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from saml2 import saml, samlp
from saml2.client import Saml2Client

from resetapp.core.people import SamlLogin
from resetapp.saml.instants import MESSAGE_LIFETIME, write_instant
from resetapp.saml.names import NSIS_LEVEL, POST, REDIRECT, RSA_SHA256, SUCCESS, TRANSIENT

_RELAY_STATE_LIMIT = 80  # octets (SAML bindings 3.4.3); beyond it the hub forgets it when it restarts (wayf.md 4.3)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """`url` is where the browser is sent (303)."""

    message_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Builds and signs. Keeps nothing: what logout needs to know is in our own database."""

    client: Saml2Client
    entity_id: str

    def authn_request(
        self, sso_url: str, acs_url: str, scoping: tuple[str, ...], relay_state: str, now: datetime
    ) -> SentMessage:
        """Asks for a fresh login (ForceAuthn, S-11) at NemLog-in, at level Substantial or above.

        Scoping and level are wishes that the hub may pass over: the assertion itself is asked again.
        """
        message_id, request = self.client.create_authn_request(
            sso_url,
            binding=POST,
            message_id=_new_id(),
            issue_instant=write_instant(now),
            assertion_consumer_service_url=acs_url,
            nameid_format=TRANSIENT,
            force_authn="true",
            requested_authn_context={"authn_context_class_ref": [NSIS_LEVEL + "Substantial"], "comparison": "minimum"},
            scoping=_scoping(scoping),
            sign=False,  # pysaml2 would sign the XML; the signature belongs to the query
        )
        return SentMessage(message_id, self._signed_url(request, sso_url, relay_state))

    def logout_request(self, slo_url: str, login: SamlLogin, relay_state: str, now: datetime) -> SentMessage:
        """The NameID goes back as it came, attributes and all (saml2int SP29)."""
        message_id, request = self.client.create_logout_request(
            slo_url,
            login.issuer,
            name_id=_name_id(login),
            session_indexes=[login.session_index] if login.session_index else None,
            expire=write_instant(now + MESSAGE_LIFETIME),
            message_id=_new_id(),
            sign=False,
        )
        request.issue_instant = write_instant(now)
        return SentMessage(message_id, self._signed_url(request, slo_url, relay_state))

    def logout_response(self, url: str, in_response_to: str, relay_state: str | None, now: datetime) -> str:
        """Success, also when the login was gone already: that is what the hub wants to know (T4)."""
        response = samlp.LogoutResponse(
            id=_new_id(),
            version="2.0",
            issue_instant=write_instant(now),
            destination=url,
            in_response_to=in_response_to,
            issuer=saml.Issuer(text=self.entity_id),
            status=samlp.Status(status_code=samlp.StatusCode(value=SUCCESS)),
        )
        return self._signed_url(response, url, relay_state or "", answer=True)

    def _signed_url(self, message: object, url: str, relay_state: str, *, answer: bool = False) -> str:
        if not answer and len(relay_state.encode()) > _RELAY_STATE_LIMIT:
            raise ValueError(f"a RelayState holds at most {_RELAY_STATE_LIMIT} octets")
        sent = self.client.apply_binding(
            REDIRECT, str(message), url, relay_state, response=answer, sign=True, sigalg=RSA_SHA256
        )
        return str(dict(sent["headers"])["Location"])


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
