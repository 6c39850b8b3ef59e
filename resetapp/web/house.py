"""What every view shares: the services, the language of the request, and what each template may use."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from flask import Flask, Response, current_app, g, make_response, render_template, request, session, url_for
from flask_login import current_user

from resetapp import texts
from resetapp.assets import folder
from resetapp.core.outcomes import Step
from resetapp.directory.ldap import LdapDirectory
from resetapp.reset import Desk
from resetapp.saml.reminder import Reminder
from resetapp.saml.service_provider import ServiceProvider
from resetapp.settings import Institution, Settings
from resetapp.storage.database import Database
from resetapp.storage.notices import Notice
from resetapp.storage.stops import Stop
from resetapp.storage.tables import Visit
from resetapp.trouble import ServiceStopped
from resetapp.web.board import Board

PAGE_OF_STEP = {
    Step.ACCOUNT: "reset.account",
    Step.PASSWORD: "reset.password",
    Step.RECEIPT: "reset.done",
    Step.STOPPED: "reset.stopped",
    Step.ENDED: "reset.start",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """Present only when `resetapp demo` runs; no setting can bring it about."""

    simulator_url: str


@dataclass(frozen=True, slots=True)
class Services:
    """Built once in `app.py`, handed to the views; there is no global copy."""

    settings: Settings
    database: Database
    service_provider: ServiceProvider
    directories: Mapping[str, LdapDirectory]
    desk: Desk
    board: Board
    reminder: Reminder
    clock: Callable[[], datetime]
    demo: Demo | None = None


@dataclass(frozen=True, slots=True)
class InstitutionView:
    """The institution in the language of the page."""

    name: str
    support_phone: str
    support_email: str
    support_hours: str
    accessibility_url: str

    @classmethod
    def of(cls, institution: Institution, language: str) -> "InstitutionView":
        english = language == "en"
        return cls(
            name=(english and institution.name_en) or institution.name,
            support_phone=institution.support_phone,
            support_email=institution.support_email,
            support_hours=(english and institution.support_hours_en) or institution.support_hours,
            accessibility_url=institution.accessibility_url,
        )


def services() -> Services:
    return cast(Services, current_app.extensions["resetapp"])


def now() -> datetime:
    return services().clock()


def language() -> str:
    """Of this request, found once."""
    if "language" not in g:
        g.language = _language()
    return cast(str, g.language)


def _language() -> str:
    """?lang=, the choice kept in the browser's session, Accept-Language, Danish: the first that is."""
    asked = request.args.get("lang")
    if asked in texts.LANGUAGES and request.method == "GET":
        # By GET only: a foreign site's POST comes without our cookie, and a session begun then would replace the login.
        session["lang"] = asked
        return asked
    if session.get("lang") in texts.LANGUAGES:
        return cast(str, session["lang"])
    return request.accept_languages.best_match(texts.LANGUAGES, default=texts.DEFAULT)


def notice() -> Notice | None:
    """What the operator has to say now."""
    return services().board.current()


def stop() -> Stop | None:
    """The operator's emergency stop, as far as this worker knows."""
    return services().board.stop()


def demand_going() -> None:
    """Before a page on which something would be typed for nothing. Raises ServiceStopped."""
    if stop():
        raise ServiceStopped("page")


def text(key: str, **values: object) -> str:
    return texts.text(language(), key, **values)


def title_of_directory(name: str) -> str:
    for directory in services().settings.directories:
        if directory.name == name:
            return (language() == "en" and directory.title_en) or directory.title
    return name


def login_open() -> bool:
    """Whether anybody may log in (WAYF's terms, T0). While not, no page names MitID or NemLog-in (T19)."""
    return services().settings.terms.login_open


def by_code() -> bool:
    """Is, or was, this browser's visit opened by an activation code? Then no page of it names MitID, NemLog-in or WAYF:
    they have no part in it. The session is signed, and begins anew with each login.
    """
    return bool(session.get("by_code")) or request.endpoint == "activation.enter"


def organisation() -> str:
    return InstitutionView.of(services().settings.institution, language()).name


def page(template: str, status: int = 200, **context: object) -> Response:
    response = make_response(render_template(template, **context), status)
    response.headers["Content-Language"] = language()
    return response


def onward(visit: Visit) -> str:
    """The address of the page this visit belongs on."""
    return url_for(PAGE_OF_STEP[visit.step])


def seconds_left(visit: Visit) -> int:
    """Until the login ends by itself if nothing more is asked for."""
    login = visit.login
    idle_end = (login.seen_at or login.opened_at) + services().settings.visits.idle
    end = min(idle_end, login.ends_at) if login.ends_at else idle_end
    return max(0, int((end - now()).total_seconds()))


def prepare_templates(app: Flask) -> None:
    environment = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda key: texts.translations(language()).gettext(key),
        lambda one, many, n: texts.translations(language()).ngettext(one, many, n),
        newstyle=True,
    )
    environment.filters["datetime"] = lambda moment: texts.date_time(language(), moment)
    environment.filters["date"] = lambda moment: texts.date(language(), moment)
    environment.filters["time"] = lambda moment: texts.time_of_day(language(), moment)
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    chosen = language()
    other = next(each for each in texts.LANGUAGES if each != chosen)
    return {
        "lang": chosen,
        "other_lang": other,
        "switch_url": _switch_url(other),
        "institution": InstitutionView.of(services().settings.institution, chosen),
        "visitor": current_user.name if current_user.is_authenticated else None,
        "demo": services().demo,
        "login_open": login_open(),
        "by_code": by_code(),
        "codes_on": services().settings.codes.enabled,
        "notice": notice(),
        "stop": stop(),
        "asset": asset,
        "theme_url": url_for("reset.theme", v=current_app.extensions["resetapp.theme"].version),
    }


def _switch_url(other: str) -> str:
    """This page in the other language; a page that only answers a POST has no address of its own."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()) or rule.endpoint.startswith("saml."):
        return url_for("reset.start", lang=other)
    return url_for(rule.endpoint, lang=other, **(request.view_args or {}))


def asset(name: str) -> str:
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    """The content's hash: a changed file is fetched at once, an unchanged one never again."""
    return hashlib.sha256((folder("static") / name).read_bytes()).hexdigest()[:12]
