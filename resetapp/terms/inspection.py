"""What the clauses look at: settings, our metadata, the pages of the real application, and a rehearsal of logins."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from html import unescape
from typing import Any, Protocol

from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from resetapp import texts
from resetapp.settings import Settings, Terms
from resetapp.storage.database import Database, demand_newest

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
OPEN_PAGES = ("/", "/privacy", "/cookies", "/expired", "/signed-out", "/no-such-page")


@dataclass(frozen=True, slots=True)
class CameBack:
    """A browser that has been to the rehearsal's hub: our answer, and the hub's names for the login."""

    browser: FlaskClient
    answer: TestResponse
    name_id: str
    session_index: str


class Rehearsal(Protocol):
    """The real application on a copy of the settings, with an invented hub, people and clock (`resetapp.demo`)."""

    app: Flask
    settings: Settings

    def log_in(
        self, someone: str = "freja", /, meanwhile: Callable[[], object] | None = None, **changes: object
    ) -> CameBack: ...
    def fail_at_hub(self) -> TestResponse: ...
    def get(self, path: str, browser: FlaskClient | None = None) -> TestResponse: ...
    def logged_in(self, browser: FlaskClient) -> bool: ...
    def end_at_hub(self, came_back: CameBack) -> TestResponse: ...
    def set_password(self, came_back: CameBack) -> TestResponse: ...
    def forward(self, span: timedelta) -> None: ...
    def personal_number(self, someone: str) -> str: ...
    def stored(self) -> bytes: ...
    def logged(self) -> str: ...
    def prune(self) -> int: ...


@dataclass(frozen=True)
class Inspection:
    """One look. What a clause asks for is looked up when it is first asked for."""

    settings: Settings
    now: datetime
    rehearse: Callable[[Settings], Rehearsal]

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """With the login open, whatever the terms record says: what is rehearsed is the machinery."""
        return self.rehearse(replace(self.settings, terms=_opened(self.settings.terms)))

    @cached_property
    def metadata(self) -> etree._Element:
        """Ours, parsed from the octets that WAYF gets: made of these settings and keys, as the service shows them."""
        return etree.fromstring(self.rehearsal.get("/saml/metadata").data)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The installation's own, for reading. Raises DatabaseTrouble; a file that is not there is not made."""
        demand_newest(self.settings.database.url)
        database = Database(self.settings.database.url)
        try:
            yield database
        finally:
            database.close()

    @contextmanager
    def record(self, terms: Terms) -> Iterator[Rehearsal]:
        """The rehearsal with another terms record, for a moment."""
        extensions = self.rehearsal.app.extensions
        before = extensions["resetapp"]
        extensions["resetapp"] = replace(before, settings=replace(before.settings, terms=terms))
        try:
            yield self.rehearsal
        finally:
            extensions["resetapp"] = before

    def shown(self, path: str) -> Mapping[str, str]:
        """What a page says to a stranger, by language."""
        return {each: said(self.rehearsal.get(f"{path}?lang={each}")) for each in texts.LANGUAGES}

    def every_page(self) -> Iterator[tuple[str, str]]:
        """Each page that people can come to, from the first to the receipt: its address, and what it says.

        Raises LookupError for a redirect: the page that was meant would go unseen.
        """
        for path in OPEN_PAGES:
            yield path, "".join(self.shown(path).values())
        rehearsal = self.rehearsal
        yield "/saml/acs", _whole(rehearsal.fail_at_hub())
        for path, someone in (("/stopped", "ida"), ("/account", "sofie"), ("/password", "noah")):
            yield path, _whole(rehearsal.get(path, rehearsal.log_in(someone).browser))
        yield "/done", _whole(rehearsal.set_password(rehearsal.log_in("noah")))

    def in_both(self, path: str, *words: str) -> bool:
        """Whether the page holds every one of these, none of them empty, in each language."""
        return all(word and word in page for page in self.shown(path).values() for word in words)


def said(answer: TestResponse) -> str:
    return unescape(answer.text)


def _whole(answer: TestResponse) -> str:
    if answer.location:
        raise LookupError(answer.location)
    return said(answer)


def _opened(terms: Terms) -> Terms:
    """Complete enough for the login to be open. A clause never takes what stands in here for a declaration."""
    stand_ins: dict[str, Any] = {key: ("–",) if key.startswith("recipients") else "–" for key in terms.left_empty}
    return replace(terms, login=True, **stand_ins)
