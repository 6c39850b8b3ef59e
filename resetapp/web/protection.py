"""Cookies, CSRF, response headers, hosts and body sizes: what holds for every answer."""

import contextlib
import gzip
import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import IO, Any, TypedDict
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from resetapp.settings import Service
from resetapp.web.uploads import InMemory

FORM_BYTES = 16 * 1024
SAML_BYTES = 256 * 1024  # base64 of the 128 kB that the gate reads, and its form
DROPPED_BYTES = 1024 * 1024  # of what a refused post still sends: four times what the proxy lets through
_PIECE = 64 * 1024
_YEAR = 365 * 24 * 3600
_LOOKS = ("static", "reset.theme", "reset.mark")  # the same for everybody, and nothing secret in them

View = Callable[..., Any]

csrf = CSRFProtect()


def posted_by_the_hub(view: View) -> View:
    """Frees one view, never a blueprint, from the CSRF token: its posts are judged by signature and InResponseTo."""
    csrf.exempt(view)
    return view


def session_cookie(service: Service) -> str:
    """`__Host-` needs https; over plain http on loopback (the demo) the browser would drop it."""
    return "__Host-resetapp" if service.secure else "resetapp"


def login_cookie(service: Service) -> str:
    return "__Host-resetapp-login" if service.secure else "resetapp-login"


def console_cookie(service: Service) -> str:
    return "__Host-resetapp-console" if service.secure else "resetapp-console"


class OurCookie(TypedDict):
    secure: bool
    httponly: bool
    samesite: str


def our_cookie(service: Service) -> OurCookie:
    """How a cookie of ours is set and taken away: unseen by scripts, not sent along by foreign posts."""
    return {"secure": service.secure, "httponly": True, "samesite": "Lax"}


class SignedCookie(SecureCookieSessionInterface):
    """Flask's own, with SHA-256 for its SHA-1, and one signer for all requests: the key does not change meanwhile."""

    digest_method = staticmethod(hashlib.sha256)

    def __init__(self, app: Flask) -> None:
        signer = self.get_signing_serializer(app)
        self.get_signing_serializer = lambda app: signer  # type: ignore[method-assign]


def protect(app: Flask, service: Service) -> None:
    address = urlsplit(service.public_url)
    app.config.update(
        SECRET_KEY=service.secret_key.reveal(),
        SESSION_COOKIE_NAME=session_cookie(service),
        SESSION_COOKIE_SECURE=service.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        # Flask-Login looks for this cookie before it asks us, and then does not ask. Under its default name any
        # neighbour on the same domain could set it and lock people out; a browser takes `__Host-` from us alone.
        REMEMBER_COOKIE_NAME="__Host-resetapp-unused",
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session, which has its own, shorter limits
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_PARTS=20,
        TRUSTED_HOSTS=[address.netloc],  # a foreign Host header never reaches a link or a check
        PREFERRED_URL_SCHEME=address.scheme,
    )
    app.request_class = InMemory
    app.session_interface = SignedCookie(app)
    csrf.init_app(app)
    app.before_request(_refuse_foreign_posts)
    app.after_request(lambda response: _add_headers(response, service.secure))
    app.wsgi_app = WholeBodies(app.wsgi_app)  # type: ignore[method-assign]
    if service.trusted_proxies:
        hops = service.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


class WholeBodies:
    """Reads on, and drops, what the application left of a request's body, before the answer goes out.

    Else the server closes the connection on who is still sending, and the reset may overtake the answer (RFC 9112,
    9.6): a person, or the proxy, finds the connection broken instead of the page that tells what was wrong. It is
    bounded: who sends more, or without end, is cut off.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return self._app(environ, start_response)
        finally:
            # Whoever expects `100 Continue` holds the body back until it is asked for; then it need not be sent at all.
            if environ.get("wsgi.input_terminated") and "HTTP_EXPECT" not in environ:
                _drop_rest(environ["wsgi.input"])


def _drop_rest(body: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # the client went away
        for _ in range(DROPPED_BYTES // _PIECE):
            if not body.read(_PIECE):
                return


def _refuse_foreign_posts() -> None:
    """A second lock beside the CSRF token (W-05): browsers say where a form was; the hub's two endpoints are exempt."""
    if request.method in ("GET", "HEAD", "OPTIONS") or _from_the_hub(request):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CSRFError("foreign origin")


def _from_the_hub(incoming: Request) -> bool:
    return incoming.endpoint in ("saml.acs", "saml.slo")


_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",  # to the hub one goes by a link, or by a page that leads on (`web.saml.logout`)
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


# Opened by itself an SVG is a document, which could run a script as ours; its inline styles are part of the drawing.
_POLICY_OF_PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def _add_headers(response: Response, secure: bool) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY_OF_PICTURE if request.endpoint == "reset.mark" else _POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"  # no-referrer would make Flask-WTF refuse every POST over https
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if request.endpoint in _LOOKS and response.status_code == 200 and request.args.get("v"):
        headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        _pack(response)
    else:
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "Accept-Language, Cookie")
    return response


def _pack(response: Response) -> None:
    """Style and script travel compressed. Pages never do: their size would tell of the tokens in them (BREACH)."""
    response.headers["Vary"] = "Accept-Encoding"
    if not request.accept_encodings.quality("gzip") or not (response.mimetype or "").startswith(("text/", "image/svg")):
        return
    response.direct_passthrough = False
    response.set_data(_packed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"


@cache
def _packed(octets: bytes) -> bytes:
    return gzip.compress(octets, mtime=0)
