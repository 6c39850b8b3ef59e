"""Logout messages, honest until a test changes them, and how they come."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from resetapp.demo import messages
from resetapp.trouble import LogoutRefused
from tests.builders import NOON
from tests.saml.scene import ENTITY, HUB, SLO, Change, Scene


def a_request(**changes: Any) -> bytes:
    honest: dict[str, Any] = {
        "issuer": HUB,
        "destination": SLO,
        "name_id": "_name-1",
        "sp_name_qualifier": ENTITY,
        "session_index": "_index-1",
        "now": NOON,
        "message_id": "_hub-1",
    }
    return messages.logout_request(**{**honest, **changes})


def an_answer(**changes: Any) -> bytes:
    honest: dict[str, Any] = {"issuer": HUB, "destination": SLO, "in_response_to": "_ours-1", "now": NOON}
    return messages.logout_response(**{**honest, **changes})


def query(scene: Scene, xml: bytes, parameter: str = "SAMLRequest", relay_state: str | None = None) -> bytes:
    return messages.redirect_url(SLO, parameter, xml, relay_state, scene.hub).partition("?")[2].encode()


def refusal(attempt: Callable[[], object]) -> str:
    with pytest.raises(LogoutRefused) as caught:
        attempt()
    assert caught.value.__context__ is None
    return caught.value.reason


def query_refusal(scene: Scene, raw_query: bytes, now: datetime = NOON) -> str:
    return refusal(lambda: scene.sp.read_logout(raw_query, now))


def resigned(scene: Scene, signed: str) -> bytes:
    """Signs a query string exactly as it is written."""
    value = scene.hub.private.sign(signed.encode(), PKCS1v15(), hashes.SHA256())
    return f"{signed}&Signature={quote(base64.b64encode(value).decode(), safe='')}".encode()


def changed(xml: bytes, change: Change) -> bytes:
    root = etree.fromstring(xml)
    change(root)
    return messages.serialised(root)
