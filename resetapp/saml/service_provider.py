"""The service provider: the one class that the rest of the house uses for SAML."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from resetapp.core.outcomes import Outcome
from resetapp.core.people import AuthenticatedPerson, SamlLogin
from resetapp.saml.attributes import Policy, person
from resetapp.saml.endpoints import Endpoints
from resetapp.saml.faults import Refused, need
from resetapp.saml.gate import Keys, PendingLogin, Reception, verified_assertion
from resetapp.saml.hub import Hub
from resetapp.saml.hub_source import HubSource
from resetapp.saml.key_use import KeyUse
from resetapp.saml.keys import read_key_pair
from resetapp.saml.logout import LogoutAnswered, LogoutRequested, logout_message, signed_octets
from resetapp.saml.metadata import own_metadata
from resetapp.saml.profile import testimony
from resetapp.saml.redirect import read_query
from resetapp.saml.sending import Sender, SentMessage
from resetapp.saml.xml import decode_posted
from resetapp.settings.model import Institution, KeyPair, Wayf
from resetapp.trouble import LoginRefused, LogoutRefused

__all__ = ["LogoutAnswered", "LogoutRequested", "PendingLogin", "SentMessage", "ServiceProvider"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Own:
    """Our side, as far as it hangs on our keys."""

    pairs: tuple[tuple[KeyPair, ...], ...]  # the files it was read from
    metadata: bytes
    sender: Sender
    decryption: tuple[RSAPrivateKey, ...]
    uses: KeyUse | None  # while there are several


class ServiceProvider:
    """The hub is what its source has at the moment, the keys are those that `use_keys` was last told. Thread-safe:
    both are replaced as a whole, and each message meets one hub and one set of keys from its beginning to its end.
    """

    def __init__(
        self, wayf: Wayf, public_url: str, institution: Institution, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        """`clock` is for the hub's source. Raises SamlConfigurationError, which names what is missing or wrong."""
        endpoints = Endpoints.below(public_url)
        self._public_url, self._institution = public_url, institution
        self._own = self._read(wayf)
        self.hub_source = HubSource(wayf, clock)
        self._wayf = wayf
        self._reception = Reception(
            entity_id=wayf.entity_id,
            acs_url=endpoints.acs,
            slo_url=endpoints.slo,
            hub_entity_id=wayf.hub_entity_id,
            allow_cbc=wayf.allow_cbc,
            clock_skew=wayf.clock_skew,
            request_lifetime=wayf.request_lifetime,
        )
        self._policy = Policy(wayf.authorities, wayf.minimum_level, wayf.accept_legacy_level_3, wayf.base64_attributes)

    def use_keys(self, wayf: Wayf) -> bool:
        """From these settings the keys, and nothing else. False when they are those in use already.

        Raises SamlConfigurationError; then the keys in use stay.
        """
        if _pairs(wayf) == self._own.pairs:
            return False
        signing, also, encryption = wayf.signing, wayf.also_signing, wayf.encryption
        self._own = self._read(replace(self._wayf, signing=signing, also_signing=also, encryption=encryption))
        return True

    def _read(self, wayf: Wayf) -> _Own:
        signing, _ = read_key_pair(wayf.signing)
        keys = tuple(key for key, _ in map(read_key_pair, wayf.encryption))
        return _Own(
            pairs=_pairs(wayf),
            metadata=own_metadata(wayf, self._public_url, self._institution),
            sender=Sender(signing, wayf.entity_id, wayf.service_name),
            decryption=keys,
            uses=KeyUse(wayf.state_folder, keys) if len(keys) > 1 and wayf.state_folder else None,
        )

    def _hub(self, now: datetime) -> Hub:
        """As it is now: for one message, whatever changes meanwhile. Raises Refused."""
        hub = self.hub_source.hub
        need(not hub.expired(now), "hub-metadata-expired")
        return hub

    def metadata(self) -> bytes:
        """Our metadata for WAYF, UTF-8."""
        return self._own.metadata

    def start_login(self, relay_state: str, now: datetime) -> SentMessage:
        """`relay_state`: an opaque key of at most 80 octets, never an address (S-16).

        Raises LoginRefused when the hub's metadata has expired.
        """
        hub = self.hub_source.hub
        if hub.expired(now):
            raise LoginRefused("hub-metadata-expired")
        return self._own.sender.authn_request(
            hub.sso_url, self._reception.acs_url, self._wayf.scoping, relay_state, now
        )

    def read_response(self, encoded: str, pending: PendingLogin, now: datetime) -> AuthenticatedPerson:
        """Who logged in. `encoded` is the form field SAMLResponse, `pending` this browser's own waiting request.

        Raises LoginRefused and nothing else (S-20). That this assertion and this request are used once is for the
        database to see to: `login.assertion_id` until `login.assertion_expires_at`.
        """
        return _judged(lambda: self._person(encoded, pending, now), _refuse_login)

    def _person(self, encoded: str, pending: PendingLogin, now: datetime) -> AuthenticatedPerson:
        hub, own = self._hub(now), self._own
        noting = own.uses.noting() if own.uses else ()
        keys = Keys(hub.signing_keys, noting or own.decryption)
        assertion = verified_assertion(decode_posted(encoded), self._reception, keys, pending, now)
        if own.uses:  # only now: whoever has our public key can encrypt to it, but not sign as the hub
            own.uses.note(noting, now)
        return person(testimony(assertion, self._reception, pending, now), self._policy)

    def start_logout(self, login: SamlLogin, relay_state: str, now: datetime) -> SentMessage | None:
        """None when the hub publishes no endpoint for it; the login here has ended all the same."""
        hub = self.hub_source.hub
        if hub.slo_url is None:
            return None
        return self._own.sender.logout_request(hub.slo_url, login, relay_state, now)

    def read_logout(self, raw_query: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
        """A message of the HTTP-Redirect binding; `raw_query` as it arrived. Raises LogoutRefused and nothing else."""
        return _judged(lambda: self._redirected(raw_query, now), _refuse_logout)

    def _redirected(self, raw_query: bytes, now: datetime) -> LogoutRequested | LogoutAnswered:
        hub = self._hub(now)
        xml, relay_state = read_query(raw_query, hub.signing_keys)
        return logout_message(xml, relay_state, self._reception, now)

    def read_posted_logout(
        self, encoded: str, relay_state: str | None, now: datetime
    ) -> LogoutRequested | LogoutAnswered:
        """A message of the HTTP-POST binding, in whichever field it came. Raises LogoutRefused and nothing else."""
        return _judged(lambda: self._posted(encoded, relay_state, now), _refuse_logout)

    def _posted(self, encoded: str, relay_state: str | None, now: datetime) -> LogoutRequested | LogoutAnswered:
        hub = self._hub(now)
        xml = signed_octets(decode_posted(encoded), hub.signing_keys)
        return logout_message(xml, relay_state, self._reception, now)

    def answer_logout(self, request: LogoutRequested, now: datetime) -> str:
        """The address that carries our signed LogoutResponse. Raises LogoutRefused when the hub has no endpoint."""
        hub = self.hub_source.hub
        if hub.slo_response_url is None:
            raise LogoutRefused("no-endpoint")
        return self._own.sender.logout_response(hub.slo_response_url, request.message_id, request.relay_state, now)


def _pairs(wayf: Wayf) -> tuple[tuple[KeyPair, ...], ...]:
    """What signs, what is published beside it, and what opens."""
    return (wayf.signing,), wayf.also_signing, wayf.encryption


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
