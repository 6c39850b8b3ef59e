"""WAYF, NemLog-in and MitID as one small web application on the loopback interface.

    python -m resetapp.demo.simulator --port P --folder D --sp-metadata FILE [--write-metadata]
        [--mail-port P --mail-certificate FILE --mail-key FILE]

Driven without a browser, with a cookie jar:

1. GET `/saml2/idp/SSOService2.php?SAMLRequest=…` answers with a page that holds one form: `action="/login"`, hidden
   fields `login` and `lang`, one button `name="person" value="<key>"` for each person of `resetapp.demo.people`, one
   button `name="what_if" value="<key>"` for each switch of `resetapp.demo.what_if.IN_LOGIN`, one button
   `name="cancel" value="yes"`, and the choices `signing`, `encryption`, `transport` ("" is what WAYF does).
2. POST `login` and `person`, `what_if` or `cancel` to `/login`: a page with one form whose action is the assertion
   consumer service, with the hidden fields `SAMLResponse` and `RelayState`. The hub's own failures are HTTP 500,
   text/plain.
3. GET `/saml2/idp/SingleLogoutService.php?SAMLRequest=…` redirects back with a LogoutResponse.
   GET `/hub/logout-everywhere[?quirk=post]` makes the hub start a logout; it ends with a page "SLO completed".
   POST `what_if` to `/hub/what-if`: the switches of `WITHOUT_LOGIN`. GET `/hub/metadata/<state>`: the hub's metadata,
   signed, expired and so on; `/hub/metadata/feed.pem` is the certificate that signs it.

With `--mail-port` a mail server (`resetapp.demo.mail_server`) answers there, and GET `/mail` shows what it was sent.

A request that does not name NemLog-in in its Scoping gets a page with two links first (`idp=nemlogin|university`).
"""

import argparse
import contextlib
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.serving import WSGIRequestHandler, make_server

from resetapp import assets
from resetapp.demo.certificates import ServerFiles
from resetapp.demo.hub import Hub
from resetapp.demo.hub_failure import HubFailure, HubSilence
from resetapp.demo.mail_server import running_mail_server
from resetapp.demo.mailbox import Mailbox
from resetapp.demo.simulator_frame import COOKIE, MAILBOX
from resetapp.demo.simulator_mail import mails
from resetapp.demo.simulator_pages import pages
from resetapp.demo.simulator_what_if import what_if

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_simulator(hub: Hub, mailbox: Mailbox | None = None) -> Flask:
    """`mailbox`: what the page /mail shows; without it there is none."""
    app = Flask(__name__, template_folder=str(assets.folder("templates")), static_folder=str(assets.folder("static")))
    trusted = [*_LOOPBACK, urlsplit(hub.base_url).hostname or ""]
    # DNS rebinding: a page elsewhere must not reach this server under a name of its own
    app.config.update(TRUSTED_HOSTS=trusted, MAX_CONTENT_LENGTH=512 * 1024)
    app.extensions["hub"] = hub
    app.register_blueprint(pages)
    app.register_blueprint(what_if)
    if mailbox is not None:
        app.extensions[MAILBOX] = mailbox
        app.register_blueprint(mails)
    app.register_error_handler(HubFailure, _hub_failed)
    app.register_error_handler(HubSilence, _hub_silent)
    app.after_request(_protected)
    return app


def _hub_failed(failure: HubFailure) -> Response:
    return Response(f"{failure}\n", 500, mimetype="text/plain")


def _hub_silent(_: HubSilence) -> Response:
    """Nothing is sent: werkzeug's server finds its connection closed. Only without one is the answer seen."""
    connection = request.environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return Response("", 503)


def _protected(response: Response) -> Response:
    action = g.get("form_action", "")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {action}"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if "new_browser" in g:
        response.set_cookie(COOKIE, g.new_browser, httponly=True, samesite="Lax")
    return response


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
    parser.add_argument(
        "--mail-port", type=int, help="takes mails there, for the page /mail; TLS from the first octet on"
    )
    parser.add_argument("--mail-certificate", type=Path, help="PEM; belongs to --mail-port")
    parser.add_argument("--mail-key", type=Path, help="PEM; belongs to --mail-port")
    found = parser.parse_args(arguments)
    if not is_loopback(found.host):
        parser.error("the simulator answers on a loopback address only")
    if len({value is None for value in (found.mail_port, found.mail_certificate, found.mail_key)}) > 1:
        parser.error("--mail-port, --mail-certificate and --mail-key belong together")
    return found


def is_loopback(host: str) -> bool:
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
    with contextlib.ExitStack() as stack:
        mailbox = None if found.mail_port is None else Mailbox()
        if mailbox is not None:
            files = ServerFiles(found.mail_certificate, found.mail_key)
            stack.enter_context(running_mail_server(mailbox, files, found.mail_port))
        serve(hub, found.host, found.port, f"simulator: {hub.base_url}/", mailbox)


def serve(hub: Hub, host: str, port: int, told: str, mailbox: Mailbox | None = None) -> None:
    """Until a signal ends it. `told` is printed once the port is ours."""
    server = make_server(host, port, create_simulator(hub, mailbox), threaded=True, request_handler=_QuietHandler)
    print(told, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
