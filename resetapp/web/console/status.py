"""The operator's page: how the service stands, looked at now. It changes nothing and shows nothing secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from flask.typing import ResponseReturnValue

from resetapp import __version__, texts
from resetapp.anchors import Anchors
from resetapp.core.staff import Task
from resetapp.probes import Asked, Probes
from resetapp.saml.expiry import HUB_METADATA, Expiry, Severity
from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.hub_source import fetches_of, file_of
from resetapp.settings import SettingsError
from resetapp.storage import figures, notices, stops
from resetapp.storage.database import NEWEST_REVISION, Session
from resetapp.web.console.access import Member, console, staff_may
from resetapp.web.console.clauses import STATES, UnreadableReport, last_report
from resetapp.web.house import language, now, page, services, text, title_of_directory

_DAY = timedelta(days=1)
_REPORT_IS_OLD = timedelta(days=31)
_TONES = {Severity.NONE: "ok", Severity.NOTICE: "info", Severity.WARNING: "warn"}


@dataclass(frozen=True, slots=True)
class Fact:
    """`tone`: "", "ok", "info", "warn", "bad"; it only underlines what the value says in words."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    heading: str
    facts: tuple[Fact, ...]


@console.get("/status")
@staff_may(Task.SEE_STATUS)
def status(member: Member) -> ResponseReturnValue:
    probes: Probes = current_app.extensions["resetapp.probes"]
    directories = tuple(map(_directory, probes.ask()))
    with services().database.reading() as db:
        of_database = [Group(text("status.queue"), tuple(_queue(db))), Group(text("status.trail"), tuple(_trail(db)))]
        of_database.append(Group(text("status.database"), (_revision(db),)))
        of_database.append(Group(text("status.notice"), tuple(_notice(db))))
    groups = [
        Group(text("status.directories"), directories),
        Group(text("status.hub"), tuple(_hub())),
        Group(text("status.keys"), tuple(_keys())),
        *of_database,
        Group(text("status.terms"), tuple(_terms())),
        Group(text("status.program"), (Fact(text("status.version"), __version__),)),
    ]
    return page("console/status.html", known=member, groups=groups, looked_at=now())


def _directory(asked: Asked) -> Fact:
    title = title_of_directory(asked.directory)
    if asked.seconds is not None:
        return Fact(title, text("status.answered", ms=max(1, round(asked.seconds * 1000))), "ok")
    late = text("status.late") if asked.fault == Probes.LATE else text("status.silent", fault=asked.fault)
    return Fact(title, late, "bad")


def _hub() -> Iterator[Fact]:
    wayf, hub = services().settings.wayf, services().service_provider.hub_source.hub
    yield Fact(text("status.hub_name"), wayf.hub_entity_id)
    yield Fact(text("status.hub_source"), wayf.hub_metadata_url or str(wayf.hub_metadata_file))
    try:
        fetches, file = fetches_of(wayf), file_of(wayf)
        changed = fetches.succeeded or datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except (SamlConfigurationError, OSError):  # the copy in use is in memory and stays
        yield Fact(text("status.hub_age"), text("status.unreadable"), "warn")
    else:
        yield Fact(text("status.hub_age"), texts.date_time(language(), changed))
        if fetches.failure:
            yield Fact(text("status.hub_failure"), fetches.failure, "warn")
    if hub.valid_until is None:
        yield Fact(text("status.hub_until"), text("status.no_end"))
    else:
        over = hub.expired(now())
        yield Fact(text("status.hub_until"), texts.date_time(language(), hub.valid_until), "bad" if over else "ok")


def _keys() -> Iterator[Fact]:
    """Of the settings as they are in the file now: keys are changed while we run."""
    try:
        found = services().reminder.everything()
    except SettingsError:
        yield Fact(text("status.settings"), text("status.settings_wrong"), "bad")
        return
    for each in found:
        if each.subject != HUB_METADATA:
            yield Fact(_subject(each.subject), _end(each), _TONES.get(each.severity, "bad"))


def _subject(subject: str) -> str:
    """`encryption key 1` in the language of the page."""
    name, _, number = subject.rpartition(" ") if subject[-1].isdigit() else (subject, "", "")
    return f"{text('status.key_' + name.replace(' ', '_'))} {number}".strip()


def _end(expiry: Expiry) -> str:
    day = texts.date(language(), expiry.ends_at)
    if expiry.severity is Severity.EXPIRED:
        return text("status.ended", date=day)
    return text("status.ends", date=day, days=expiry.left // _DAY)


def _queue(db: Session) -> Iterator[Fact]:
    found = figures.unsettled(db)
    yield Fact(text("status.unsettled"), texts.number(language(), found.count), "warn" if found.count else "ok")
    if found.oldest is not None:
        yield Fact(text("status.oldest"), texts.date_time(language(), found.oldest))


def _trail(db: Session) -> Iterator[Fact]:
    newest = figures.newest_event(db)
    if newest is None:
        yield Fact(text("status.newest"), text("status.none"))
        return
    yield Fact(text("status.newest"), f"{newest.seq} · {texts.date_time(language(), newest.at)}")
    yield Fact(text("status.anchor"), newest.hash)
    yield _syslog()


def _syslog() -> Fact:
    """As this process fares with it; the others have threads of their own."""
    anchors: Anchors = current_app.extensions["resetapp.anchors"]
    label = text("status.syslog")
    if anchors.syslog is None:
        return Fact(label, text("status.syslog_off"))
    if anchors.fault:
        return Fact(label, text("status.syslog_silent", address=anchors.syslog.address, fault=anchors.fault), "bad")
    key = "status.syslog_waits" if anchors.fault is None else "status.syslog_sent"
    return Fact(label, text(key, address=anchors.syslog.address))


def _revision(db: Session) -> Fact:
    found = figures.revision(db)
    told = text("status.revision_is", found=found, newest=NEWEST_REVISION)
    return Fact(text("status.revision"), told, "ok" if found == NEWEST_REVISION else "bad")


def _notice(db: Session) -> Iterator[Fact]:
    if stopped := stops.find(db):
        since = texts.date_time(language(), stopped.began_at)
        yield Fact(text("status.stop"), text("status.stop_since", time=since), "bad")
    found = notices.find(db)
    if found is None:
        yield Fact(text("status.notice_text"), text("status.none"))
        return
    yield Fact(text("status.notice_text"), found.text(language()), "info")
    until = texts.date_time(language(), found.ends_at) if found.ends_at else text("status.no_end")
    yield Fact(text("status.notice_time"), f"{texts.date_time(language(), found.starts_at)} – {until}")
    if found.login_off:
        yield Fact(text("status.login"), text("status.login_off"), "warn")


def _terms() -> Iterator[Fact]:
    """The record, and the clauses as they stood when they were last looked at."""
    terms = services().settings.terms
    if terms.left_empty:
        yield Fact(text("status.record"), text("status.record_lacks", keys=", ".join(terms.left_empty)), "bad")
    else:
        yield Fact(text("status.record"), text("status.record_whole"), "ok")
    if terms.reviewed_on:
        yield Fact(text("status.reviewed"), terms.reviewed_on.isoformat())
    opened = "status.login_open" if terms.login_open else "status.login_closed"
    yield Fact(text("status.login"), text(opened), "ok" if terms.login_open else "warn")
    yield from _clauses(terms.report_file)
    yield Fact(text("status.clauses"), "resetapp check-config --terms")


def _clauses(file: Path | None) -> Iterator[Fact]:
    """As the last report has them, with its age: a page that set the examination going could be used to wear us out."""
    if file is None:
        return
    label = text("status.clauses_made")
    try:
        found = last_report(file)
    except UnreadableReport:
        yield Fact(label, text("status.clauses_unreadable", file=file.name), "warn")
        return
    if found is None:
        yield Fact(label, text("status.clauses_none", file=file.name), "warn")
        return
    when, ours = texts.date_time(language(), found.made_at), found.version == __version__
    told = when if ours else text("status.clauses_other", time=when, version=found.version, ours=__version__)
    yield Fact(label, told, "ok" if ours and now() - found.made_at < _REPORT_IS_OLD else "warn")
    counted = [f"{texts.terms(language(), f'state.{each}')}: {found.counts[each]}" for each in STATES]
    open_ones = "warn" if found.counts["to-be-declared"] else "ok"
    yield Fact(text("status.clauses_state"), "; ".join(counted), "bad" if found.failing else open_ones)
    if found.failing:
        yield Fact(texts.terms(language(), "state.does-not-hold").capitalize(), ", ".join(found.failing), "bad")
