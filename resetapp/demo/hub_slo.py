"""Single logout at the hub: front channel only, by the service provider or by somebody else (profiles 4.4)."""

from datetime import timedelta

from resetapp.demo.hub import Hub, Posted
from resetapp.demo.hub_envelope import SUCCESS, TRANSIENT
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_memory import Browser, Participation
from resetapp.demo.hub_metadata import REDIRECT
from resetapp.demo.hub_requests import Message, logout_succeeded, wants_no_answer
from resetapp.demo.logout_forgery import RELAY_STATE, LogoutMaking, request_xml, requested
from resetapp.demo.messages import encoded, logout_response, new_id, redirect_url, signed

_LOCAL_TIME = timedelta(hours=1)  # the hub writes its local time with a Z into LogoutResponses


def answer_logout(hub: Hub, message: Message, browser: Browser) -> str | None:
    """The service provider logs out: where the browser goes with our LogoutResponse, or None if none is wanted.

    The identity provider's session ends first. Only the pair of identity and service provider is looked at, neither
    NameID nor SessionIndex. Raises HubFailure when this browser has no login, or there is nowhere to answer.
    """
    partner = hub.partner()
    if browser.newest(partner.entity_id) is None:
        raise HubFailure("SLO failed: no login in this browser")
    browser.leave(partner.entity_id)
    return None if wants_no_answer(message) else logout_answer(hub, message, SUCCESS)


def logout_answer(hub: Hub, message: Message, *status: str) -> str:
    """The address that carries our LogoutResponse with these codes, outermost first.

    Raises HubFailure when there is nowhere to answer.
    """
    location = hub.partner().logout_answer_location
    if location is None:
        raise HubFailure("no SingleLogoutService found")
    xml = logout_response(
        issuer=hub.entity_id,
        destination=location,
        in_response_to=message.message_id,
        now=hub.now() + _LOCAL_TIME,
        status=status,
    )
    return redirect_url(location, "SAMLResponse", xml, message.relay_state, hub.signing_key)


def start_logout(hub: Hub, browser: Browser, by_post: bool) -> str | Posted:
    """Somebody else in the federation logged out: a LogoutRequest for our service provider, as an address or a form.

    The form carries the request in the field SAMLResponse: that is how the hub does it. Raises HubFailure.
    """
    partner = hub.partner()
    if browser.newest(partner.entity_id) is None:
        raise HubFailure("SLO failed: no login in this browser")
    if not partner.logouts:
        browser.leave(partner.entity_id)
        raise HubFailure("SLO failed: the service provider has no SingleLogoutService")
    endpoint, making = partner.logouts[0], logout_making(hub, browser)
    if by_post or endpoint.binding != REDIRECT:
        form = encoded(signed(request_xml(making), hub.signing_key))
        return Posted(endpoint.location, {"SAMLResponse": form, "RelayState": RELAY_STATE})
    browser.logged_out = requested()(making)
    return browser.logged_out


def logout_making(hub: Hub, browser: Browser) -> LogoutMaking:
    """What a LogoutRequest for this browser is made of; for one without a login the names are invented.

    Raises HubFailure when the service provider has no endpoint for it.
    """
    partner = hub.partner()
    if not partner.logouts:
        raise HubFailure("no SingleLogoutService found")
    browser.logout_id = new_id()
    return LogoutMaking(
        issuer=hub.entity_id,
        audience=partner.entity_id,
        location=partner.logouts[0].location,
        named=browser.newest(partner.entity_id) or Participation(new_id(), TRANSIENT, new_id()),
        key=hub.signing_key,
        stranger=hub.stranger,
        now=hub.now(),
        message_id=browser.logout_id,
    )


def finish_logout(hub: Hub, message: Message, browser: Browser) -> None:
    """The service provider's LogoutResponse. Raises HubFailure unless it says Success to what was asked."""
    waiting = browser.logout_id
    if waiting is None:
        raise HubFailure("SLO failed: no logout is under way in this browser")
    browser.logout_id = None
    browser.leave(hub.partner().entity_id)
    if not logout_succeeded(message, waiting):
        raise HubFailure("SLO failed")
