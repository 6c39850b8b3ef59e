"""The simulator's pages for a login and a logout."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from resetapp.demo.hub import NEMLOGIN, UNIVERSITY, Posted, Variation
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_requests import Message, read_form, read_query
from resetapp.demo.hub_slo import answer_logout, finish_logout, start_logout
from resetapp.demo.hub_texts import LANGUAGES
from resetapp.demo.hub_what_if import perform_at_logout
from resetapp.demo.messages import AUTHN_FAILED, NO_PASSIVE, RESPONDER, Cipher, KeyTransport, Signing
from resetapp.demo.people import OLD_PASSWORD, Behaviour, Group, Persona, Source
from resetapp.demo.simulator_frame import browser, hub, language, page, post_page, switches_shown
from resetapp.demo.simulator_what_if import provoke, went_alone
from resetapp.demo.what_if import IN_LOGIN, WITHOUT_LOGIN

_IDPS = {NEMLOGIN: "nemlogin", UNIVERSITY: "university"}
_TRANSPORTS = (KeyTransport.MGF1P, KeyTransport.OAEP_SHA256)
pages = Blueprint("hub", __name__)


@pages.get("/")
def index() -> str:
    old_password = OLD_PASSWORD if any(each.accounts for each in hub().people) else ""
    groups, switches = _groups("nemlogin"), switches_shown(WITHOUT_LOGIN)
    return page("index", groups=groups, old_password=old_password, switches=switches)


@pages.get("/saml2/idp/metadata.php")
def metadata() -> Response:
    return Response(hub().metadata(), mimetype="application/samlmetadata+xml")


@pages.route("/saml2/idp/SSOService2.php", methods=["GET", "POST"])
def single_sign_on() -> AnyResponse | str:
    return _login(hub().open_login(_message()))


@pages.get("/login")
def login() -> AnyResponse | str:
    """The same page again: reloaded, in the other language, or after an identity provider was picked."""
    return _login(request.args.get("login"))


def _login(handle: str | None) -> AnyResponse | str:
    asked, ours = hub().waiting(handle), browser()
    if ours.person and not asked.force:
        return post_page(hub().vouch_again(handle, hub().person(ours.person), ours), "post_title")
    if asked.passive:
        return post_page(hub().refuse(handle, RESPONDER, NO_PASSIVE), "post_cancelled")
    if any(provider not in _IDPS for provider in asked.providers):
        raise HubFailure("unknown identity provider in Scoping")
    scoped = [_IDPS[provider] for provider in asked.providers] or list(_IDPS.values())
    wanted = request.args.get("idp", "")
    chosen = wanted if wanted in scoped else scoped[0] if len(scoped) == 1 else None
    if chosen is None:
        return page("discovery", handle, providers=scoped)
    ways = {"ciphers": Cipher, "transports": _TRANSPORTS, "signings": Signing}
    return page("people", handle, groups=_groups(chosen), switches=switches_shown(IN_LOGIN), **ways)


@pages.post("/login")
def choose() -> AnyResponse | str:
    handle = request.form.get("login")
    if "cancel" in request.form:
        return post_page(hub().refuse(handle, RESPONDER, AUTHN_FAILED), "post_cancelled")
    if "what_if" in request.form:
        return provoke(handle, request.form["what_if"])
    try:
        persona = hub().person(request.form.get("person", ""))
    except KeyError:
        raise HubFailure("no such person") from None
    cancelled = persona.behaviour is Behaviour.CANCEL
    posted = hub().complete(handle, persona, _variation(), browser())
    return post_page(posted, "post_cancelled" if cancelled else "post_title")


@pages.route("/saml2/idp/SingleLogoutService.php", methods=["GET", "POST"])
def single_logout() -> AnyResponse | str:
    message = _message()
    if message.kind == "LogoutRequest":
        hindered = perform_at_logout(hub(), message, browser())
        if hindered is not None:
            return went_alone(hindered)
        answer = answer_logout(hub(), message, browser())
        return redirect(answer, 303) if answer else page("goodbye")
    finish_logout(hub(), message, browser())
    return page("goodbye")


@pages.get("/hub/logout-everywhere")
def logout_everywhere() -> AnyResponse | str:
    started = start_logout(hub(), browser(), by_post=request.args.get("quirk") == "post")
    return post_page(started, "post_logout") if isinstance(started, Posted) else redirect(started, 303)


def _message() -> Message:
    partner = hub().partner()
    return read_form(request.form, partner) if request.method == "POST" else read_query(request.query_string, partner)


def _variation() -> Variation:
    signing, encryption, transport = (request.form.get(name, "") for name in ("signing", "encryption", "transport"))
    try:
        return Variation(
            signing=Signing(signing or Signing.ASSERTION),
            encrypt=encryption != "none",
            cipher=None if encryption in ("", "none") else Cipher[encryption],
            key_transport=KeyTransport[transport] if transport else None,
        )
    except (KeyError, ValueError):
        raise HubFailure("no such way to make an answer") from None


def _groups(idp: str) -> list[tuple[str, list[tuple[Persona, str, str]]]]:
    """Key of a title, and rows of person, story and what to expect. The university knows its own people only."""
    position = LANGUAGES.index(language())
    shown = [p for p in hub().people if idp == "nemlogin" or p.source is Source.UNIVERSITY]
    rows = [(p, p.story[position], p.expect[position]) for p in shown]
    found = [(f"group_{group}", [row for row in rows if row[0].group is group]) for group in Group]
    return [(title, people) for title, people in found if people]
