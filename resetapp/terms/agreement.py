"""The clauses about the agreement itself: T0, T1, T2, T9, T10, T11, T20."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

from resetapp.core.outcomes import Outcome
from resetapp.settings import Terms
from resetapp.terms.clause import Point, declared, fact
from resetapp.terms.inspection import CameBack, Inspection
from resetapp.trouble import LoginRefused

_MDUI = "{urn:oasis:names:tc:SAML:metadata:ui}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LOGIN = 'href="/login"'
_MONTH = timedelta(days=31)
OF_THE_TASK = frozenset(
    {
        *("reset.account", "reset.password", "reset.done", "reset.again", "reset.stopped", "reset.stay"),
        "reset.unlock_only",
        *("console.start", "console.login", "console.logout", "console.look_up", "console.found", "console.end_logins"),
        "console.unlock",
        *("console.events", "console.export_events", "console.status", "console.report", "console.export_report"),
        *("console.codes", "console.new_code", "console.request_code", "console.code_request", "console.approve_code"),
        *("console.reject_code", "console.show_code", "console.withdraw_code"),
        "monitoring.metrics",
        *("console.statistics", "console.statistics_csv"),
        *("console.mappings", "console.new_mapping", "console.change_number", "console.mapping_request"),
        *("console.approve_mapping", "console.reject_mapping", "console.withdraw_mapping", "console.remove_mapping"),
        *("console.export_mappings", "console.mapping_template"),
        *("console.imports", "console.send_import", "console.import_file", "console.import_faults"),
        *("console.approve_import", "console.reject_import", "console.withdraw_import"),
    }
)
"""The pages that a login opens. All serve one task: to find one's account and give it a new password, and for the staff
to help those who do (T2).
"""


def introduction(look: Inspection) -> Iterator[Point]:
    with look.record(Terms()) as rehearsal:
        start, login = rehearsal.get("/"), rehearsal.get("/login")
    refused = login.status_code == LoginRefused.status and start.status_code == 200 and _LOGIN not in start.text
    yield fact("T0.closed_when_empty", refused, f"GET /login → {login.status_code}")
    purposes = {each.get(_LANGUAGE, ""): each.text or "" for each in look.metadata.iter(f"{_MDUI}Description")}
    whole = all(purposes.get(each) for each in ("da", "en"))
    yield fact("T0.purpose", whole, " / ".join(f"{each}: {text}" for each, text in purposes.items()))
    yield from declared(look, "nemlogin_terms_accepted_on")


def joining(look: Inspection) -> Iterator[Point]:
    terms = look.settings.terms
    yield from declared(look, "general_terms_accepted_on", "nemlogin_terms_accepted_on")
    general, special = terms.general_terms_accepted_on, terms.nemlogin_terms_accepted_on
    if general and special:
        yield fact("T1.order", general <= special <= look.now.date(), f"{general} ≤ {special}")


def public_bodies(look: Inspection) -> Iterator[Point]:
    yield from declared(look, "authority", "cvr_number", "role", "task")
    views = look.rehearsal.app.view_functions
    behind = {name for name, view in views.items() if getattr(view, "guard", "") != "open_to_all"} - {"static"}
    other = sorted(behind - OF_THE_TASK)
    yield fact("T2.routes", not other, ", ".join(other or sorted(behind)))


def disclaimer(look: Inspection) -> Iterator[Point]:
    yield from declared(look, "nemlogin_terms_accepted_on", "risk_assessment")
    phone = look.settings.institution.support_phone
    yield fact("T9.other_way", phone in look.rehearsal.fail_at_hub().text, phone)


def changes(look: Inspection) -> Iterator[Point]:
    terms = look.settings.terms
    yield from declared(look, "terms_version", "reviewed_on", "terms_url")
    if terms.reviewed_on:
        age = look.now.date() - terms.reviewed_on
        fresh = timedelta(0) <= age <= _MONTH * terms.review_months
        yield fact("T10.reviewed", fresh, f"{age.days} / {terms.review_months * _MONTH.days}")


def free_of_charge(look: Inspection) -> Iterator[Point]:
    yield from declared(look, "nemlogin_terms_accepted_on")


def blocking(look: Inspection) -> Iterator[Point]:
    failed = look.rehearsal.fail_at_hub()
    yield fact("T20.stays_up", failed.status_code == LoginRefused.status and _up(look), f"{failed.status_code}")
    with look.record(replace(look.rehearsal.settings.terms, login=False)) as rehearsal:
        login = rehearsal.get("/login").status_code
        yield fact("T20.switch", login == LoginRefused.status and _up(look), f"GET /login → {login}")
    yield fact("T20.nobody_late", _late(look).answer.status_code == LoginRefused.status, Outcome.LOGIN_CLOSED)


def _late(look: Inspection) -> CameBack:
    """Comes back from the hub when the login has been closed in the meantime."""
    closed = look.record(replace(look.rehearsal.settings.terms, login=False))
    with ExitStack() as ends:
        return look.rehearsal.log_in(meanwhile=lambda: ends.enter_context(closed))


def _up(look: Inspection) -> bool:
    """Everything that needs no login answers."""
    return all(look.rehearsal.get(path).status_code == 200 for path in ("/", "/privacy", "/cookies", "/saml/metadata"))
