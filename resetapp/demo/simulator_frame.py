"""What all pages of the simulator share: the hub, the browser's memory, the language, and the frame around them."""

from typing import cast
from urllib.parse import urlsplit

from flask import current_app, g, render_template, request, url_for

from resetapp.demo.hub import Hub, Posted
from resetapp.demo.hub_memory import Browser
from resetapp.demo.hub_texts import LANGUAGES, texts
from resetapp.demo.people import PERSONAS
from resetapp.demo.switch import Group, Switch

COOKIE = "demo_hub"
MAILBOX = "mailbox"  # among the application's extensions, where there is one


def hub() -> Hub:
    return cast(Hub, current_app.extensions["hub"])


def browser() -> Browser:
    """This browser's memory. A new one is given a cookie with the answer."""
    browsers = hub().browsers
    found = browsers.get(g.get("new_browser") or request.cookies.get(COOKIE))
    if found is None:
        found = Browser()
        g.new_browser = browsers.put(found)
    return found


def language() -> str:
    """Asked for in the address or the form, else the first one the browser prefers; `en-GB` is English."""
    preferred = [request.values.get("lang", ""), *(tag.partition("-")[0] for tag in request.accept_languages.values())]
    return next((each for each in preferred if each in LANGUAGES), LANGUAGES[0])


def page(name: str, handle: str | None = None, **context: object) -> str:
    lang = language()
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    words = texts(lang)
    if hub().people is not PERSONAS:
        words["banner"] = words["banner_own"]
    frame: dict[str, object] = {"t": words, "lang": lang, "other": other, "switch": _switch(handle, other)}
    frame["mailbox"] = MAILBOX in current_app.extensions
    service = hub().partner().display_name(lang) if handle else ""
    return render_template(f"demo/{name}.html", handle=handle, service=service, **frame, **context)


def _switch(handle: str | None, lang: str) -> str:
    """This page in another language: a waiting login is reached again by its handle."""
    if handle is None:
        return url_for("hub.index", lang=lang)
    return url_for("hub.login", login=handle, idp=request.values.get("idp"), lang=lang)


def post_page(posted: Posted, title: str, *, alone: bool = True) -> str:
    """A form that the browser posts by itself, or by its button when scripts are off or it is not left alone."""
    parts = urlsplit(posted.action)
    g.form_action = f"{parts.scheme}://{parts.netloc}"
    return page("post", posted=posted, title=title, alone=alone)


def switches_shown(switches: tuple[Switch, ...]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Key of a heading, and rows of key, what happens and what must come of it."""
    position = LANGUAGES.index(language())
    rows = [(each.group, (each.key, each.story[position], each.end.expect[position])) for each in switches]
    found = [(f"what_if_{group}", [row for its, row in rows if its is group]) for group in Group]
    return [(heading, shown) for heading, shown in found if shown]
