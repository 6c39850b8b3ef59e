"""The logins that one browser has begun: a few tokens in one cookie, so that two tabs do not spoil each other's.

Each token stands for one request to the hub and is good once. RelayState, which the hub sends back, says which of them
an answer is for. It is no secret and proves nothing: it only picks among this browser's own tokens, and the answer must
still name that one's request (login CSRF, S-05).
"""

import hashlib
from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from resetapp.settings import Service
from resetapp.storage import logins
from resetapp.web.protection import login_cookie

MOST = 3  # tabs that can be on their way at once; the oldest gives way
KEPT = timedelta(hours=1)  # longer than any request is good for, so that who comes too late is told so


def begun(service: Service) -> list[str]:
    """The tokens this browser holds, the newest first."""
    return [each for each in request.cookies.get(login_cookie(service), "").split(".")[:MOST] if each]


def keep(response: Response, service: Service, token: str) -> None:
    """SameSite=None, for the answer comes by a POST from the hub's site."""
    response.set_cookie(
        login_cookie(service),
        ".".join([token, *begun(service)][:MOST]),
        max_age=KEPT,
        secure=service.secure,
        httponly=True,
        samesite="None" if service.secure else "Lax",
    )


def new_token(place: str = "") -> str:
    """`place`: where the login leads back to, a name of letters and `_`. Only the hash of the whole is in the row:
    who changes the place in the cookie has a token that no login knows.
    """
    token = logins.new_token()
    return f"{token}~{place}" if place else token


def place(token: str) -> str:
    return token.partition("~")[2]


def relay_state(token: str) -> str:
    """The name by which the hub hands a token's login back: 64 bits of a hash, from which no token follows."""
    return hashlib.sha256(b"relay-state\x00" + token.encode()).hexdigest()[:16]


def picked(tokens: list[str], state: str) -> str:
    """The token that a posted answer is for; the newest when RelayState names none of them; "" when there is none."""
    return next((each for each in tokens if relay_state(each) == state), tokens[0] if tokens else "")
