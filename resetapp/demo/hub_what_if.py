"""Does what a switch of the table says. No web framework here; `simulator_what_if` gives it pages."""

import time
from datetime import timedelta

from resetapp.demo.forgery import Making, rewrapped
from resetapp.demo.hub import Hub, Posted, Variation, joined, posted
from resetapp.demo.hub_envelope import SUCCESS, TRANSIENT, encoded
from resetapp.demo.hub_failure import HubFailure, HubSilence
from resetapp.demo.hub_memory import Browser
from resetapp.demo.hub_metadata import hub_metadata
from resetapp.demo.hub_partner import consumer
from resetapp.demo.hub_requests import LoginAsked, Message
from resetapp.demo.hub_slo import logout_answer, logout_making
from resetapp.demo.people import person
from resetapp.demo.persona import Persona
from resetapp.demo.switch import (
    LET_IN,
    Answer,
    AtLogout,
    Declined,
    Ended,
    Failed,
    Late,
    LoggedOut,
    Repeated,
    Silent,
    Stayed,
    Switch,
    Unasked,
)
from resetapp.demo.what_if import switch as switch_of

_ATTACKER = "victor"  # he has a MitID and no account: read as him, a false answer opens nothing either
_DAY = timedelta(days=1)


def perform(hub: Hub, handle: str | None, switch: Switch, browser: Browser) -> Posted | Stayed | str:
    """In a login that waits: a form to post, a page of the simulator, or an address to go to.

    Raises HubFailure and HubSilence, which are a switch's purpose in some cases.
    """
    match switch.act:
        case Failed(text):
            hub.taken(handle)
            raise HubFailure(text)
        case Silent():
            hub.waiting(handle)  # and is not taken: a browser asks again by itself when a connection breaks
            raise HubSilence
        case Stayed() as stayed:
            hub.waiting(handle)
            return stayed
        case Declined(status):
            return hub.refuse(handle, *status)
        case Repeated(wrapped):
            return _repeated(hub, handle, browser, wrapped)
        case Answer() as answer:
            return _answered(hub, handle, answer, browser, served=switch.end is LET_IN)
        case _:
            raise HubFailure("that is done without a login")


def _answered(hub: Hub, handle: str | None, answer: Answer, browser: Browser, *, served: bool) -> Posted:
    asked = hub.taken(handle)
    told = answer.told(victim(hub))
    making = _making(hub, asked, told)
    time.sleep(answer.wait.total_seconds())
    if served:
        joined(browser, told, making.claimed)
    return posted(asked, answer.forge(making))


def _repeated(hub: Hub, handle: str | None, browser: Browser, wrapped: bool) -> Posted | Stayed:
    if browser.answered is None:
        hub.waiting(handle)
        return Stayed("log_in_first")
    asked, (xml, response) = hub.taken(handle), browser.answered
    if wrapped:
        return posted(asked, rewrapped(response, asked.request_id, _making(hub, asked, victim(hub))))
    return posted(asked, xml)


def perform_alone(hub: Hub, switch: Switch, browser: Browser) -> Posted | Stayed | str:
    """Without a login that waits. Raises HubFailure."""
    match switch.act:
        case Unasked(forge):
            asked = _never_asked(hub)
            return Posted(asked.acs, {"SAMLResponse": encoded(forge(_making(hub, asked, victim(hub))))})
        case LoggedOut(repeated=True):
            return browser.logged_out or Stayed("log_out_first")
        case LoggedOut(forge):
            return forge(logout_making(hub, browser))
        case AtLogout():
            browser.at_logout, browser.at_message = switch.key, ""
            return Stayed("set")
        case Late():
            return browser.withheld or Stayed("lose_first")
        case _:
            raise HubFailure("that is done in a login")


def perform_at_logout(hub: Hub, message: Message, browser: Browser) -> Stayed | str | None:
    """What a switch has in mind for this LogoutRequest: a page or an address. None: the hub answers as it should.

    Raises HubFailure and HubSilence.
    """
    if not browser.at_logout or browser.at_message not in ("", message.message_id):
        return None
    browser.at_message = message.message_id
    found = switch_of(browser.at_logout).act
    if not isinstance(found, AtLogout):
        raise HubFailure("that is no switch for a logout")
    if found.ended:
        browser.leave(hub.partner().entity_id)
        browser.withheld = logout_answer(hub, message, SUCCESS)
    return _met(hub, message, found)


def _met(hub: Hub, message: Message, at_logout: AtLogout) -> Stayed | str:
    match at_logout.act:
        case Failed(text):
            raise HubFailure(text)
        case Silent():
            raise HubSilence
        case Ended(status):
            return logout_answer(hub, message, *status)
        case stayed:
            return stayed


def victim(hub: Hub) -> Persona:
    """Whom the attacks claim to be: the first who has a CPR number."""
    found = next((each for each in hub.people if each.cpr), None)
    if found is None:
        raise HubFailure("nobody here has a CPR number")
    return found


def _making(hub: Hub, asked: LoginAsked, told: Persona) -> Making:
    encryption = hub.partner().encryption
    if encryption is None:
        raise HubFailure("the service provider has no encryption key, so it gets no NemLog-in")
    return Making(
        claimed=hub.response(asked, told, Variation()),
        own=hub.response(asked, person(_ATTACKER), Variation()),
        key=hub.signing_key,
        older_key=hub.keys[-1],
        stranger=hub.stranger,
        certificate=encryption,
    )


def _never_asked(hub: Hub) -> LoginAsked:
    acs = consumer(hub.partner(), None, None, None)
    return LoginAsked("_never-asked", acs, None, force=True, passive=False, providers=(), name_id_format=TRANSIENT)


def published(hub: Hub, state: str) -> bytes:
    """The hub's metadata as the switch says. Raises KeyError for an unknown state."""
    now, endpoints = hub.now(), (hub.entity_id, hub.sso_url, hub.slo_url)
    made = {
        "unsigned": lambda: hub.metadata(),
        "signed": lambda: hub_metadata(*endpoints, hub.keys, valid_until=now + _DAY, feed_key=hub.feed_key),
        "expired": lambda: hub_metadata(*endpoints, hub.keys, valid_until=now - _DAY, feed_key=hub.feed_key),
        "rolled": lambda: hub_metadata(*endpoints, hub.keys[:1], valid_until=now + _DAY, feed_key=hub.feed_key),
        "forged": lambda: hub_metadata(*endpoints, [hub.stranger], valid_until=now + _DAY, feed_key=hub.stranger),
    }
    return made[state]()
