"""The addresses that templates may name, as the application has them; and the pages behind the link in a mail."""

from types import SimpleNamespace
from typing import Any

ENDPOINTS = {
    "reset.start": "/",
    "reset.account": "/account",
    "reset.again": "/again",
    "reset.unlock_only": "/unlock",
    "reset.password": "/password",
    "reset.done": "/done",
    "reset.stay": "/stay",
    "reset.privacy": "/privacy",
    "reset.cookies": "/cookies",
    "reset.accessibility": "/was",
    "reset.freeze": "/freeze/token",
    "activation.enter": "/code",
    "saml.login": "/login",
    "saml.logout": "/logout",
}


def _freeze(stoppable: bool, frozen: bool) -> tuple[str, dict[str, Any]]:
    found = SimpleNamespace(username="an<na>", directory="people", stoppable=stoppable, frozen=frozen)
    return "reset/freeze.html", {"found": found, "token": "token", "where": "Campus"}


FREEZE_PAGES = {
    "freeze": _freeze(stoppable=True, frozen=False),
    "frozen": _freeze(stoppable=False, frozen=True),
    "nothing to freeze": _freeze(stoppable=False, frozen=False),
}
