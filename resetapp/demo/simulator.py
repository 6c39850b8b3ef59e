"""WAYF, NemLog-in and MitID as one small web application on the loopback interface.

    python -m resetapp.demo.simulator --port P --folder D --sp-metadata FILE [--write-metadata]

Driven without a browser, with a cookie jar:

1. GET `/saml2/idp/SSOService2.php?SAMLRequest=…` answers with a page that holds one form: `action="/login"`, hidden
   fields `login` and `lang`, one button `name="person" value="<key>"` for each person of `resetapp.demo.people`, one
   button `name="cancel" value="yes"`, and the choices `signing`, `encryption`, `transport` ("" is what WAYF does).
2. POST `login`, `person` (or `cancel`) to `/login`: a page with one form whose action is the assertion consumer
   service, with the hidden fields `SAMLResponse` and `RelayState`. The hub's own failures are HTTP 500, text/plain.
3. GET `/saml2/idp/SingleLogoutService.php?SAMLRequest=…` redirects back with a LogoutResponse.
   GET `/hub/logout-everywhere[?quirk=post]` makes the hub start a logout; it ends with a page "SLO completed".

A request that does not name NemLog-in in its Scoping gets a page with two links first (`idp=nemlogin|university`).
"""

import argparse
import ipaddress
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from resetapp import assets
from resetapp.demo.hub import NEMLOGIN, UNIVERSITY, Hub, Posted, Variation
from resetapp.demo.hub_failure import HubFailure
from resetapp.demo.hub_memory import Browser
from resetapp.demo.hub_requests import Message, read_form, read_query
from resetapp.demo.hub_slo import answer_logout, finish_logout, start_logout
from resetapp.demo.hub_texts import LANGUAGES, texts
from resetapp.demo.messages import AUTHN_FAILED, NO_PASSIVE, Cipher, KeyTransport, Signing
from resetapp.demo.people import OLD_PASSWORD, PERSONAS, Behaviour, Group, Persona, Source, person

_COOKIE = "demo_hub"
_IDPS = {NEMLOGIN: "nemlogin", UNIVERSITY: "university"}
pages = Blueprint("hub", __name__)


def create_simulator(hub: Hub) -> Flask:
    app = Flask(__name__, template_folder=str(assets.folder("templates")), static_folder=str(assets.folder("static")))
    # DNS rebinding: a page elsewhere must not reach this server under a name of its own
    app.config.update(TRUSTED_HOSTS=["127.0.0.1", "localhost", "[::1]"], MAX_CONTENT_LENGTH=512 * 1024)
    app.extensions["hub"] = hub
    app.register_blueprint(pages)
    app.register_error_handler(HubFailure, _hub_failed)
    app.after_request(_protected)
    return app


def _hub() -> Hub:
    return cast(Hub, current_app.extensions["hub"])


def _hub_failed(failure: HubFailure) -> Response:
    return Response(f"{failure}\n", 500, mimetype="text/plain")


def _protected(response: Response) -> Response:
    action = g.get("form_action", "")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {action}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if "new_browser" in g:
        response.set_cookie(_COOKIE, g.new_browser, httponly=True, samesite="Lax")
    return response


@pages.get("/")
def index() -> str:
    return _page("index", groups=_groups("nemlogin"), old_password=OLD_PASSWORD)


@pages.get("/saml2/idp/metadata.php")
def metadata() -> Response:
    return Response(_hub().metadata(), mimetype="application/samlmetadata+xml")


@pages.route("/saml2/idp/SSOService2.php", methods=["GET", "POST"])
def single_sign_on() -> AnyResponse | str:
    return _login(_hub().open_login(_message()))


@pages.get("/login")
def login() -> AnyResponse | str:
    """The same page again: reloaded, in the other language, or after an identity provider was picked."""
    return _login(request.args.get("login"))


def _login(handle: str | None) -> AnyResponse | str:
    asked, browser = _hub().waiting(handle), _browser()
    if browser.person and not asked.force:
        return _post_page(_hub().vouch_again(handle, person(browser.person), browser), "post_title")
    if asked.passive:
        return _post_page(_hub().refuse(handle, NO_PASSIVE), "post_cancelled")
    if any(provider not in _IDPS for provider in asked.providers):
        raise HubFailure("unknown identity provider in Scoping")
    scoped = [_IDPS[provider] for provider in asked.providers] or list(_IDPS.values())
    wanted = request.args.get("idp", "")
    chosen = wanted if wanted in scoped else scoped[0] if len(scoped) == 1 else None
    if chosen is None:
        return _page("discovery", handle, providers=scoped)
    return _page("people", handle, groups=_groups(chosen), ciphers=Cipher, transports=_TRANSPORTS, signings=Signing)


@pages.post("/login")
def choose() -> AnyResponse | str:
    handle = request.form.get("login")
    if "cancel" in request.form:
        return _post_page(_hub().refuse(handle, AUTHN_FAILED), "post_cancelled")
    try:
        persona = person(request.form.get("person", ""))
    except KeyError:
        raise HubFailure("no such person") from None
    cancelled = persona.behaviour is Behaviour.CANCEL
    posted = _hub().complete(handle, persona, _variation(), _browser())
    return _post_page(posted, "post_cancelled" if cancelled else "post_title")


@pages.route("/saml2/idp/SingleLogoutService.php", methods=["GET", "POST"])
def single_logout() -> AnyResponse | str:
    message = _message()
    if message.kind == "LogoutRequest":
        answer = answer_logout(_hub(), message, _browser())
        return redirect(answer, 303) if answer else _page("goodbye")
    finish_logout(_hub(), message, _browser())
    return _page("goodbye")


@pages.get("/hub/logout-everywhere")
def logout_everywhere() -> AnyResponse | str:
    started = start_logout(_hub(), _browser(), by_post=request.args.get("quirk") == "post")
    return _post_page(started, "post_logout") if isinstance(started, Posted) else redirect(started, 303)


_TRANSPORTS = (KeyTransport.MGF1P, KeyTransport.OAEP_SHA256)


def _message() -> Message:
    partner = _hub().partner()
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


def _browser() -> Browser:
    """This browser's memory. A new one is given a cookie with the answer."""
    browsers = _hub().browsers
    browser = browsers.get(g.get("new_browser") or request.cookies.get(_COOKIE))
    if browser is None:
        browser = Browser()
        g.new_browser = browsers.put(browser)
    return browser


def _language() -> str:
    """Asked for in the address or the form, else the first one the browser prefers; `en-GB` is English."""
    preferred = [request.values.get("lang", ""), *(tag.partition("-")[0] for tag in request.accept_languages.values())]
    return next((language for language in preferred if language in LANGUAGES), LANGUAGES[0])


def _groups(idp: str) -> list[tuple[str, list[tuple[Persona, str, str]]]]:
    """Key of a title, and rows of person, story and what to expect. The university knows its own people only."""
    position = LANGUAGES.index(_language())
    shown = [p for p in PERSONAS if idp == "nemlogin" or p.source is Source.UNIVERSITY]
    rows = [(p, p.story[position], p.expect[position]) for p in shown]
    found = [(f"group_{group}", [row for row in rows if row[0].group is group]) for group in Group]
    return [(title, people) for title, people in found if people]


def _page(name: str, handle: str | None = None, **context: object) -> str:
    language = _language()
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    frame = {"t": texts(language), "lang": language, "other": other, "switch": _switch(handle, other)}
    service = _hub().partner().display_name(language) if handle else ""
    return render_template(f"demo/{name}.html", handle=handle, service=service, **frame, **context)


def _switch(handle: str | None, language: str) -> str:
    """This page in another language: a waiting login is reached again by its handle."""
    if handle is None:
        return url_for("hub.index", lang=language)
    return url_for("hub.login", login=handle, idp=request.values.get("idp"), lang=language)


def _post_page(posted: Posted, title: str) -> str:
    """A form that the browser posts by itself, or by its button when scripts are off."""
    parts = urlsplit(posted.action)
    g.form_action = f"{parts.scheme}://{parts.netloc}"
    return _page("post", posted=posted, title=title)


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Addresses hold whole messages here; they are not written down."""
        return


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="resetapp.demo.simulator", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address; any other is refused")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="keeps the hub's keys and hub-metadata.xml")
    parser.add_argument("--sp-metadata", type=Path, required=True, help="the service provider's metadata")
    parser.add_argument("--write-metadata", action="store_true", help="write hub-metadata.xml and stop")
    found = parser.parse_args(arguments)
    if not _is_loopback(found.host):
        parser.error("the simulator answers on a loopback address only")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main(arguments: list[str] | None = None) -> None:
    found = _arguments(arguments)
    host = f"[{found.host}]" if ":" in found.host else found.host
    hub = Hub.kept_in(found.folder, f"http://{host}:{found.port}", found.sp_metadata)
    if found.write_metadata:
        return
    server = make_server(found.host, found.port, create_simulator(hub), threaded=True, request_handler=_QuietHandler)
    print(f"simulator: {hub.base_url}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
