"""The simulated hub: what it decides and what it sends. No web framework here; `simulator` gives it pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from resetapp.demo.hub_attributes import HOME_ORGANIZATION, OIDS, Attributes, nemlogin_attributes, released
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_keys import HubKey
from resetapp.demo.hub_memory import Browser, Participation, Shelf, WaitingLogin
from resetapp.demo.hub_metadata import hub_metadata
from resetapp.demo.hub_partner import Partner, read_partner
from resetapp.demo.hub_requests import PERSISTENT, LoginAsked, Message, login_asked
from resetapp.demo.messages import (
    AUTHN_FAILED,
    NEMLOGIN_AUTHORITIES,
    RESPONDER,
    Cipher,
    KeyTransport,
    LoginResponse,
    Signing,
    encoded,
    error_response,
    login_response,
)
from resetapp.demo.people import PERSONAS, Behaviour, Persona, Source

NEMLOGIN = "https://nemlogin.wayf.dk"
UNIVERSITY = "https://idp.universitet.example"
_REQUEST_LIFETIME = timedelta(seconds=180)
_LIMITER = {"": "", "3": "3", "Substantial": "Substantial", "High": "Substantial"}


@dataclass(frozen=True, slots=True)
class Variation:
    """How an answer differs from the hub's ordinary one. None: what the service provider's metadata asks for."""

    signing: Signing = Signing.ASSERTION
    encrypt: bool = True
    key_transport: KeyTransport | None = None
    cipher: Cipher | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that the browser is to post: a form's action and its hidden fields."""

    action: str
    fields: Mapping[str, str]


def limited(level: Sequence[str]) -> tuple[str, ...]:
    """The level limiter for NemLog-in: High becomes Substantial. Raises HubFailure for Low and anything unknown."""
    unknown = [value for value in level if value not in _LIMITER]
    if unknown:
        raise HubFailure(f"eduPersonAssurance not supported: {unknown[0]}")
    return tuple(_LIMITER[value] for value in level)


def attributes_of(persona: Persona) -> Attributes:
    """What the hub makes of the person's login. Raises HubFailure when it refuses to."""
    return nemlogin_attributes(
        persona.cpr,
        persona.name,
        limited(persona.level) if persona.limiter else persona.level,
        cpr_values=persona.cpr_values,
        cvr=persona.cvr,
        organization=persona.organization,
        home_organization="universitet.example" if persona.source is Source.UNIVERSITY else HOME_ORGANIZATION,
    )


def source_of(persona: Persona) -> str:
    """The identity provider that the hub logged the person in with."""
    return UNIVERSITY if persona.source is Source.UNIVERSITY else NEMLOGIN


def authorities_of(persona: Persona) -> tuple[str, ...]:
    """AuthenticatingAuthority: the source's own list (which it may invent), then what the hub itself knows."""
    if persona.source is Source.UNIVERSITY:
        return (*NEMLOGIN_AUTHORITIES, UNIVERSITY)
    return NEMLOGIN_AUTHORITIES


class Hub:
    """WAYF, NemLog-in and the person's MitID in one. Its entityID is its own address: it claims to be nobody else."""

    def __init__(
        self,
        base_url: str,
        keys: Sequence[HubKey],
        sp_metadata: Path,
        clock: Callable[[], datetime] | None = None,
        people: Sequence[Persona] = PERSONAS,
        feed_key: HubKey | None = None,
    ) -> None:
        """`keys`: the first one signs, all are published. `sp_metadata` is read anew for each request.

        `people`: who can log in; the first of them is whom the attacks claim to be. `feed_key` signs metadata.
        """
        self.base_url = base_url.rstrip("/")
        self.entity_id = self.base_url + "/simulator"  # `saml.simulated` knows it by this end
        self.sso_url = self.base_url + "/saml2/idp/SSOService2.php"
        self.slo_url = self.base_url + "/saml2/idp/SingleLogoutService.php"
        self.logins: Shelf[WaitingLogin] = Shelf()
        self.browsers: Shelf[Browser] = Shelf()
        self.keys = tuple(keys)
        self.people = tuple(people)
        self._feed_key = feed_key
        self._sp_metadata = sp_metadata
        self.now = clock or (lambda: datetime.now(UTC))

    @classmethod
    def kept_in(cls, folder: Path, base_url: str, sp_metadata: Path, people: Sequence[Persona] = PERSONAS) -> "Hub":
        """A hub whose keys live in `folder`, beside its `hub-metadata.xml`, which is written anew."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = [HubKey.kept_in(folder, name) for name in ("hub-new", "hub-old")]
        hub = cls(base_url, keys, sp_metadata, people=people, feed_key=HubKey.kept_in(folder, "hub-feed"))
        (folder / "hub-metadata.xml").write_bytes(hub.metadata())
        return hub

    @property
    def signing_key(self) -> HubKey:
        return self.keys[0]

    @cached_property
    def stranger(self) -> HubKey:
        """A key that is in no metadata, with the name of the hub's own on its certificate."""
        return HubKey.create("resetapp demo hub-new", 2048)

    @cached_property
    def feed_key(self) -> HubKey:
        """Signs metadata and nothing else, like WAYF's."""
        return self._feed_key or HubKey.create("resetapp demo hub-feed", 2048)

    def person(self, key: str) -> Persona:
        """Raises KeyError for an unknown key."""
        return {persona.key: persona for persona in self.people}[key]

    def metadata(self) -> bytes:
        return hub_metadata(self.entity_id, self.sso_url, self.slo_url, self.keys)

    def partner(self) -> Partner:
        """Raises HubFailure."""
        return read_partner(self._sp_metadata)

    def open_login(self, message: Message) -> str:
        """The handle of a new waiting login. Raises HubFailure."""
        now = self.now()
        return self.logins.put(WaitingLogin(login_asked(message, self.partner(), self.sso_url, now), now))

    def waiting(self, handle: str | None) -> LoginAsked:
        """Raises HubFailure when the hub has forgotten the request: it remembers 180 seconds."""
        login = self.logins.get(handle)
        if login is None or self.now() - login.since > _REQUEST_LIFETIME:
            raise HubFailure("the request has expired")
        return login.asked

    def complete(self, handle: str | None, persona: Persona, variation: Variation, browser: Browser) -> Posted:
        """Somebody logs in anew. Answers the request, once. Raises HubFailure when the hub would show its own error."""
        if persona.behaviour is Behaviour.CANCEL:
            return self.refuse(handle, RESPONDER, AUTHN_FAILED)
        asked = self.taken(handle)
        if persona.behaviour is Behaviour.WAIT:
            raise HubFailure("the request has expired")
        browser.person, browser.authenticated_at = persona.key, self.now()
        return self._vouched(asked, persona, variation, browser)

    def vouch_again(self, handle: str | None, persona: Persona, browser: Browser) -> Posted:
        """Single sign-on: the browser's earlier login at the identity provider answers. Raises HubFailure."""
        return self._vouched(self.taken(handle), persona, Variation(), browser)

    def _vouched(self, asked: LoginAsked, persona: Persona, variation: Variation, browser: Browser) -> Posted:
        response = replace(self.response(asked, persona, variation), authn_instant=browser.authenticated_at)
        xml = login_response(response, self.signing_key, self.partner().encryption)
        browser.answered = (xml, response)
        joined(browser, persona, response)
        return posted(asked, xml)

    def refuse(self, handle: str | None, *status: str) -> Posted:
        """An error Response with these codes, outermost first. Raises HubFailure."""
        asked = self.taken(handle)
        honest = self._honest(asked, {})
        return posted(asked, error_response(replace(honest, status=status), self.signing_key))

    def taken(self, handle: str | None) -> LoginAsked:
        """The request, which is then forgotten. Raises HubFailure."""
        asked = self.waiting(handle)
        self.logins.take(handle)
        return asked

    def _honest(self, asked: LoginAsked, attributes: Attributes) -> LoginResponse:
        audience = self.partner().entity_id
        return LoginResponse.honest(self.entity_id, asked.acs, audience, asked.request_id, attributes, self.now())

    def response(self, asked: LoginAsked, persona: Persona, variation: Variation) -> LoginResponse:
        """The answer about this person, not yet made. Raises HubFailure."""
        partner, attributes = self.partner(), attributes_of(persona)
        if partner.encryption is None:
            raise HubFailure("the service provider has no encryption key, so it gets no NemLog-in")
        honest = self._honest(asked, released(attributes, partner.requested))
        lasting = asked.name_id_format == PERSISTENT
        return replace(
            honest,
            name_id=attributes[OIDS["eduPersonTargetedID"]][0] if lasting else honest.name_id,
            name_id_format=asked.name_id_format,
            authorities=authorities_of(persona),
            signing=variation.signing,
            encrypt=variation.encrypt,
            key_transport=variation.key_transport or partner.key_transport,
            cipher=variation.cipher or partner.cipher,
        )


def joined(browser: Browser, persona: Persona, response: LoginResponse) -> None:
    """The browser takes part in a login: what a logout must name later."""
    names = str(response.name_id), str(response.name_id_format), str(response.session_index)
    browser.join(source_of(persona), str(response.audience), Participation(*names))


def posted(asked: LoginAsked, xml: bytes) -> Posted:
    """The form that carries an answer to its assertion consumer service."""
    relayed = {} if asked.relay_state is None else {"RelayState": asked.relay_state}
    return Posted(asked.acs, {"SAMLResponse": encoded(xml), **relayed})
