"""T17: the new password is the institution's own and nothing of MitID's."""

from pathlib import Path

import pytest

from resetapp.core.accounts import DirectoryAccount
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.terms.looking import red, state, with_text, without


def test_the_receipt_says_that_the_password_is_not_mitid(rehearsal: Rehearsal) -> None:
    assert "Adgangskoden er ikke dit MitID" in rehearsal.set_password(rehearsal.log_in()).text


def test_a_closed_account_gets_no_password(rehearsal: Rehearsal) -> None:
    assert rehearsal.log_in("ida").answer.location == "/stopped"


def test_it_holds(look: Inspection) -> None:
    assert state("T17", look) is State.HOLDS


def test_red_when_a_text_calls_it_mitid(look: Inspection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_text(monkeypatch, tmp_path, "done.title", "Din adgangskode er nu dit MitID")
    assert red("T17", look) == {"T17.never_called_so"}


def test_red_when_the_receipt_is_silent(look: Inspection) -> None:
    assert red("T17", without(look, "reset/done.html", "{{ _('done.notmitid_heading') }}")) == {"T17.receipt_says_so"}


def test_red_when_a_closed_account_is_served(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DirectoryAccount, "usable", True)
    assert red("T17", look) == {"T17.closed_account"}
