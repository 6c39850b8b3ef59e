"""The pages around the visit: privacy, cookies, accessibility, the theme, the login's mark."""

import hashlib
from dataclasses import dataclass

from flask import Response, abort, current_app, redirect, url_for
from flask.typing import ResponseReturnValue

from resetapp.saml.attributes import ASSURANCE, COMMON_NAME, CPR, HOME, REQUESTED
from resetapp.settings import Institution, Terms
from resetapp.storage.retention import longest_months
from resetapp.web import pending, theme
from resetapp.web.guards import open_to_all
from resetapp.web.house import language, login_open, page, services, text
from resetapp.web.mark import mark
from resetapp.web.protection import login_cookie, session_cookie
from resetapp.web.reset import pages


@dataclass(frozen=True, slots=True)
class Theme:
    """The institution's colours as a style sheet, made once."""

    sheet: str
    version: str

    @classmethod
    def of(cls, institution: Institution) -> "Theme":
        sheet = theme.css(institution.brand_colour, institution.accent_colour or institution.brand_colour)
        return cls(sheet, hashlib.sha256(sheet.encode()).hexdigest()[:12])


_ATTRIBUTES = {
    CPR: "privacy.attribute_cpr",
    ASSURANCE: "privacy.attribute_level",
    COMMON_NAME: "privacy.attribute_name",
    HOME: "privacy.attribute_source",
}
"""What people are told that we ask the hub for: the page lists what our metadata requests, one by one (P4)."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """What the terms record tells people, in the language of the page."""

    controller: str
    recipients: tuple[str, ...]
    legal_basis: str
    rights_contact: str
    wayf_privacy_url: str

    @classmethod
    def of(cls, terms: Terms, language: str) -> "RecordView":
        english = language == "en"
        return cls(
            controller=terms.controller,
            recipients=terms.recipients_en if english else terms.recipients,
            legal_basis=terms.legal_basis_en if english else terms.legal_basis,
            rights_contact=terms.rights_contact,
            wayf_privacy_url=terms.wayf_privacy_url,
        )


@pages.get("/theme.css", endpoint="theme")
@open_to_all
def theme_sheet() -> ResponseReturnValue:
    made: Theme = current_app.extensions["resetapp.theme"]
    return Response(made.sheet, mimetype="text/css")


@pages.get("/mark", endpoint="mark")
@open_to_all
def login_mark() -> ResponseReturnValue:
    """The picture alone: `protection` sends it under a policy of its own, since an SVG can hold script."""
    shown = mark()
    return Response(shown.octets, mimetype=shown.mimetype) if shown else abort(404)


@pages.get("/privacy")
@open_to_all
def privacy() -> ResponseReturnValue:
    settings = services().settings
    return page(
        "reset/privacy.html",
        months=longest_months(settings.institution.log_months),
        contact=settings.institution.privacy_contact,
        attributes=[text(_ATTRIBUTES[wanted]) for wanted in REQUESTED],
        record=RecordView.of(settings.terms, language()),
        mail=settings.mail.enabled,
        sms=settings.sms.enabled,
    )


@pages.get("/cookies")
@open_to_all
def cookies() -> ResponseReturnValue:
    settings = services().settings
    idle = int(settings.visits.idle.total_seconds() // 60)
    trip = int(pending.KEPT.total_seconds() // 60)
    own = (
        session_cookie(settings.service),
        text("cookies.session_purpose"),
        text("cookies.session_lifetime", minutes=idle),
    )
    login = (
        login_cookie(settings.service),
        text("cookies.login_purpose"),
        text("cookies.login_lifetime", minutes=trip),
    )
    return page("reset/cookies.html", cookies=[own, login] if login_open() else [own])


@pages.get("/was")
@open_to_all
def accessibility() -> ResponseReturnValue:
    """The address every public site answers at (nemURL); the statement itself lives at the authority's register."""
    url = services().settings.institution.accessibility_url
    return redirect(url, 303) if url else page("problem/message.html", 404, **_no_statement())


def _no_statement() -> dict[str, object]:
    return {
        "title": text("problem.404.title"),
        "paragraphs": [text("problem.404.body")],
        "actions": [(text("common.front_page"), url_for("reset.start"))],
        "tone": "warn",
        "reference": None,
    }


@pages.get("/robots.txt")
@open_to_all
def robots() -> ResponseReturnValue:
    """A robot that followed the login link would only leave unused rows."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")
