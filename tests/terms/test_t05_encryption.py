"""T5: a key of its own to encrypt to, and nothing accepted that is not encrypted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from lxml import etree

from resetapp.saml import service_provider
from resetapp.saml.service_provider import ServiceProvider
from resetapp.settings import Settings
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state


def test_a_plain_assertion_logs_nobody_in(rehearsal: Rehearsal) -> None:
    there = rehearsal.log_in(encrypt=False)
    assert there.answer.status_code == 403
    assert not rehearsal.logged_in(there.browser)


def test_it_holds(look: Inspection) -> None:
    assert state("T5", look) is State.HOLDS


def test_red_when_plain_assertions_are_taken(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = service_provider.verified_assertion

    def lenient(xml: bytes, *rest: Any) -> Any:
        plain = etree.fromstring(xml).find("{*}Assertion")
        if plain is None:
            return strict(xml, *rest)
        plain.remove(plain.find("{*}Signature"))
        return plain

    monkeypatch.setattr(service_provider, "verified_assertion", lenient)
    assert red("T5", look) == {"T5.plain_refused"}


def test_red_when_no_key_is_given(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ServiceProvider.metadata
    monkeypatch.setattr(
        ServiceProvider, "metadata", lambda provider: whole(provider).replace(b'use="encryption"', b'use="other"')
    )
    assert red("T5", look) == {"T5.key_given"}


def test_red_with_one_key_for_both(settings: Settings, looking: Callable[..., Inspection]) -> None:
    assert red("T5", looking(wayf={"encryption": (settings.wayf.signing,)})) == {"T5.key_of_its_own"}


def test_red_when_others_can_read_a_key(settings: Settings, looking: Callable[..., Inspection], tmp_path: Path) -> None:
    pair = settings.wayf.encryption[0]
    public = Path(copy(pair.key_file, tmp_path))
    public.chmod(0o644)
    assert red("T5", looking(wayf={"encryption": (replace(pair, key_file=public),)})) == {"T5.key_kept"}
