"""The service provider: the one class that the rest of the house uses for SAML."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn, TypeVar

from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson, SamlLogin
from resetapp.saml.attributes import Policy, person
from resetapp.saml.endpoints import Endpoints
from resetapp.saml.faults import Refused, need
from resetapp.saml.gate import PendingLogin, Reception, verified_assertion
from resetapp.saml.hub import read_hub
from resetapp.saml.keys import read_key_pair
from resetapp.saml.logout import LogoutAnswered, LogoutRequested, logout_message, signed_octets
from resetapp.saml.metadata import metadata
from resetapp.saml.profile import testimony
from resetapp.saml.redirect import read_query
from resetapp.saml.sending import Sender, SentMessage
from resetapp.saml.xml import decode_posted
from resetapp.settings.model import Institution, Wayf
from resetapp.trouble import LoginRefused, LogoutRefused

__all__ = ["LogoutAnswered", "LogoutRequested", "PendingLogin", "SentMessage", "ServiceProvider"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class ServiceProvider:
    """Reads keys and the hub's metadata once; a change of either needs a restart. Thread-safe: it keeps no state."""

    def __init__(self, wayf: Wayf, public_url: str, institution: Institution) -> None:
        """Raises SamlConfigurationError, which names the file that is missing or wrong."""
        endpoints = Endpoints.below(public_url)
        signing_key, signing_certificate = read_key_pair(wayf.signing)
        encryption = [read_key_pair(pair) for pair in wayf.encryption]
        self._hub = read_hub(wayf.hub_metadata_file, wayf.hub_entity_id)
        self._scoping = wayf.scoping
        self._reception = Reception(
            entity_id=wayf.entity_id,
            acs_url=endpoints.acs,
            slo_url=endpoints.slo,
            hub_entity_id=wayf.hub_entity_id,
            hub_keys=self._hub.signing_keys,
            decryption_keys=tuple(key for key, _ in encryption),
            allow_cbc=wayf.allow_cbc,
            clock_skew=wayf.clock_skew,
            request_lifetime=wayf.request_lifetime,
        )
        self._policy = Policy(wayf.authorities, wayf.minimum_level, wayf.accept_legacy_level_3, wayf.base64_attributes)
        self._sender = Sender(signing_key, wayf.entity_id, wayf.service_name)
        certificates = [certificate for _, certificate in encryption]
        self._metadata = metadata(wayf, institution, endpoints, public_url, signing_certificate, certificates)

    def metadata(self) -> bytes:
        """Our metadata for WAYF, UTF-8."""
        return self._metadata

    def start_login(self, relay_state: str, now: datetime) -> SentMessage:
        """`relay_state`: an opaque key of at most 80 octets, never an address (S-16).

        Raises LoginRefused when the hub's metadata has expired.
        """
        if self._hub.expired(now):
            raise LoginRefused("hub-metadata-expired")
        return self._sender.authn_request(self._hub.sso_url, self._reception.acs_url, self._scoping, relay_state, now)

    def read_response(self, encoded: str, pending: PendingLogin, now: datetime) -> AuthenticatedPerson:
        """Who logged in. `encoded` is the form field SAMLResponse, `pending` this browser's own waiting request.

        Raises LoginRefused and nothing else (S-20). That this assertion and this request are used once is for the
        database to see to: `login.assertion_id` until `login.assertion_expires_at`.
        """
        return _judged(lambda: self._person(encoded, pending, now), _refuse_login)

    def _person(self, encoded: str, pending: PendingLogin, now: datetime) -> AuthenticatedPerson:
        need(not self._hub.expired(now), "hub-metadata-expired")
        assertion = verified_assertion(decode_posted(encoded), self._reception, pending, now)
        return person(testimony(assertion, self._reception, pending, now), self._policy)

    def start_logout(self, login: SamlLogin, relay_state: str, now: datetime) -> SentMessage | None:
        """None when the hub publishes no endpoint for it; the login here has ended all the same."""
        if self._hub.slo_url is None:
            return None
        return self._sender.logout_request(self._hub.slo_url, login, relay_state, now)

    def read_logout(self, raw_query: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
        """A message of the HTTP-Redirect binding; `raw_query` as it arrived. Raises LogoutRefused and nothing else."""
        return _judged(lambda: self._redirected(raw_query, now), _refuse_logout)

    def _redirected(self, raw_query: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
        need(not self._hub.expired(now), "hub-metadata-expired")
        xml, relay_state = read_query(raw_query, self._reception.hub_keys)
        return logout_message(xml, relay_state, self._reception, now)

    def read_posted_logout(
        self, encoded: str, relay_state: str | None, now: datetime
    ) -> LogoutRequested | LogoutAnswered:
        """A message of the HTTP-POST binding, in whichever field it came. Raises LogoutRefused and nothing else."""
        return _judged(lambda: self._posted(encoded, relay_state, now), _refuse_logout)

    def _posted(self, encoded: str, relay_state: str | None, now: datetime) -> LogoutRequested | LogoutAnswered:
        need(not self._hub.expired(now), "hub-metadata-expired")
        xml = signed_octets(decode_posted(encoded), self._reception)
        return logout_message(xml, relay_state, self._reception, now)

    def answer_logout(self, request: LogoutRequested, now: datetime) -> str:
        """The address that carries our signed LogoutResponse. Raises LogoutRefused when the hub has no endpoint."""
        if self._hub.slo_response_url is None:
            raise LogoutRefused("no-endpoint")
        return self._sender.logout_response(self._hub.slo_response_url, request.message_id, request.relay_state, now)


def _judged(judge: Callable[[], _T], refuse: Callable[[str, Outcome], NoReturn]) -> _T:
    """Fail closed, one way out: whatever goes wrong inside is a refusal (S-20).

    The refusal is raised outside the handler, so that it drags no exception along whose text quotes the message.
    """
    try:
        return judge()
    except Refused as refused:
        reason, outcome = refused.reason, refused.outcome
    except Exception as error:
        _log.error("a SAML message met an unforeseen %s", type(error).__name__)
        reason, outcome = "unforeseen", Outcome.LOGIN_FAILED
    refuse(reason, outcome)


def _refuse_login(reason: str, outcome: Outcome) -> NoReturn:
    raise LoginRefused(reason, outcome)


def _refuse_logout(reason: str, _: Outcome) -> NoReturn:
    raise LogoutRefused(reason)
