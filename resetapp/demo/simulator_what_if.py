"""The simulator's pages for what could go wrong. `provoke` is a login's, the routes need none."""

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from resetapp.demo.hub import Posted
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_what_if import perform, perform_alone, published
from resetapp.demo.simulator_frame import browser, hub, page, post_page
from resetapp.demo.switch import Answer, Declined, Published, Stayed, Switch
from resetapp.demo.what_if import switch

what_if = Blueprint("what_if", __name__)
_METADATA = "application/samlmetadata+xml"


@what_if.get("/hub/what-if/<key>")
def alone(key: str) -> AnyResponse | str:
    """Without a login that waits."""
    found = _switch(key)
    if isinstance(found.act, Published):
        return Response(published(hub(), found.act.state), mimetype=_METADATA)
    return _went(found, perform_alone(hub(), found, browser()), None)


@what_if.get("/hub/metadata/<state>")
def metadata(state: str) -> Response:
    """For a service provider to fetch: always the same address for one state."""
    if state == "feed.pem":
        return Response(hub().feed_key.certificate.public_bytes(Encoding.PEM), mimetype="application/x-pem-file")
    try:
        return Response(published(hub(), state), mimetype=_METADATA)
    except KeyError:
        raise HubFailure("no such metadata") from None


def provoke(handle: str | None, key: str) -> AnyResponse | str:
    """What a button of the page with the people does. Raises HubFailure and HubSilence."""
    found = _switch(key)
    return _went(found, perform(hub(), handle, found, browser()), handle)


def _switch(key: str) -> Switch:
    try:
        return switch(key)
    except KeyError:
        raise HubFailure("no such switch") from None


def _went(found: Switch, went: Posted | Stayed | str, handle: str | None) -> AnyResponse | str:
    match went:
        case Posted():
            consent = isinstance(found.act, Answer) and found.act.consent
            title = "consent" if consent else "post_cancelled" if isinstance(found.act, Declined) else "post_false"
            return post_page(went, title, alone=not consent)
        case _:
            return went_alone(went, handle)


def went_alone(went: Stayed | str, handle: str | None = None) -> AnyResponse | str:
    """A page of the simulator, or an address to go to."""
    if isinstance(went, Stayed):
        return page("stayed", handle, title=f"{went.page}_title", lead=f"{went.page}_lead")
    return redirect(went, 303)
