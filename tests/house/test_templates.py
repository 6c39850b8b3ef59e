"""Templates: short, without script or style of their own, and every page of the visit sound in both languages."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import html

from resetapp import texts
from resetapp.assets import folder
from tests.house.endpoints import ENDPOINTS, FREEZE_PAGES
from tests.house.tree import project_files, text_of

MOST_LINES = 40
INLINE = (
    r"\sstyle\s*=|<style|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)"
    r"|\|\s*safe\b|autoescape|srcdoc|<iframe|<base\b"
)
TEMPLATES = [name for name in project_files() if name.startswith("templates/") and name.endswith(".html")]
OURS = [name for name in TEMPLATES if not name.startswith("templates/demo/")]
ACCOUNT = SimpleNamespace(value=0, username="an<na>", title="Studerende", notes=["Sidst ændret i går"], chosen=False)
OTHER = SimpleNamespace(value=2, username="anna2", title="Medarbejder", notes=[], chosen=True)
CLOSED = SimpleNamespace(username="old1", title="Gæst", status="Lukket", why="Kontoen er lukket.", tone="bad")
FREE = {"excluding": [], "waiting": [], "errors": []}
ACCOUNTS = {**FREE, "closed": [CLOSED], "not_asked": ["Medarbejdere"], "reference": "7KQ4-M2XD", "seconds": 600}
PASSWORD = {
    "accounts": [ACCOUNT],
    "attempt": "a1",
    "policy": {"min": 12, "max": 128, "names": ["anna", "'\"<"], "ascii": True, "kinds": 3},
    "changed": False,
    "unlock": False,
    "confirm_at": datetime(2026, 11, 22, 9, 56, tzinfo=UTC),
    "rules": [("min", "være på mindst 12 tegn"), (None, "ikke være en, du har brugt før")],
    "managed": "an<na>",
    "suggestions": ("sol-og-sne", "a<b"),
    "seconds": 600,
    "warn_seconds": 120,
    "reference": "7KQ4-M2XD",
}
SEVERAL = {"accounts": [ACCOUNT, OTHER], "managed": ""}
WAIT = {"waiting": [CLOSED], "excluding": ["Vælg dem én ad gangen."]}
WRONG = [("password", "Adgangskoden er for kort"), ("password", "Adgangskoden indeholder dit navn")]
LINES = [
    SimpleNamespace(username=f"an<na>{tone}", title="Gæst", status="Ændret", tone=tone, sentences=["En.", "To."])
    for tone in ("ok", "bad", "warn", "info")
]
DONE = {
    **{"title": "Din adgangskode er ændret", "body": "Du kan nu logge på.", "tone": "ok", "lines": LINES[:1]},
    **{"plain": True, "gained": True, "again": (), "others": False, "delay_minutes": 0, "notices": ["Mail."]},
    "when": datetime(2026, 11, 22, 9, 51, tzinfo=UTC),
    "reference": "7KQ4-M2XD",
}
PARTLY = {**DONE, "tone": "warn", "plain": False, "lines": LINES[:2], "again": ["anna2", "anna3"], "others": True}
OPEN = {"lines": LINES, "told": "set-unknown", "every": 15, "again": ["anna2"], "reference": "7KQ4-M2XD"}
RECORD = SimpleNamespace(
    controller="Nordby & Sydby, Vej 1",
    recipients=("Drift A/S",),
    legal_basis="artikel 6, stk. 1, litra e",
    rights_contact="dpo@example.dk",
    wayf_privacy_url="https://www.wayf.dk/",
)
EMPTY_RECORD = SimpleNamespace(**{**vars(RECORD), "controller": "", "recipients": (), "rights_contact": ""})
PRIVACY = {"months": 13, "contact": "dpo@example.dk", "attributes": ["CPR"], "record": RECORD, "mail": 1, "sms": 1}
REFUSAL = {"title": "Vi fandt ingen konto", "paragraphs": ["En.", "To."], "reference": "7KQ4-M2XD"}
PAGES: dict[str, tuple[str, dict[str, Any]]] = FREEZE_PAGES | {
    "start": ("reset/start.html", {"mark_url": "/mark"}),
    "one account": ("reset/account.html", {**ACCOUNTS, "accounts": [ACCOUNT]}),
    "two accounts": ("reset/account.html", {**ACCOUNTS, "accounts": [ACCOUNT, OTHER]}),
    "some wait": ("reset/account.html", {**ACCOUNTS, "accounts": [ACCOUNT, OTHER], **WAIT}),
    "all wait": ("reset/account.html", {**ACCOUNTS, "accounts": [], **WAIT}),
    "none chosen": (
        "reset/account.html",
        {**ACCOUNTS, "accounts": [ACCOUNT, OTHER], "errors": [("account-0", "Vælg en konto")]},
    ),
    "password": ("reset/password.html", {**PASSWORD, "errors": []}),
    "nothing to suggest": ("reset/password.html", {**PASSWORD, "errors": [], "suggestions": ()}),
    "password refused": ("reset/password.html", {**PASSWORD, "errors": WRONG}),
    "password not repeated": ("reset/password.html", {**PASSWORD, "errors": [("password2", "Gentag den")]}),
    "password of a locked account": ("reset/password.html", {**PASSWORD, "unlock": True, "errors": []}),
    "passwords": ("reset/password.html", {**PASSWORD, **SEVERAL, "changed": True, "errors": []}),
    "one taken out": ("reset/password.html", {**PASSWORD, "errors": [("accounts", "anna2 er taget ud")]}),
    "code": ("reset/code.html", {"errors": []}),
    "password by code": ("reset/password.html", {**PASSWORD, "errors": [], "by_code": True}),
    "done": ("reset/done.html", DONE),
    "done, later": ("reset/done.html", {**DONE, "delay_minutes": 5, "others": True}),
    "done, partly": ("reset/done.html", PARTLY),
    "not done": ("reset/done.html", {**PARTLY, "gained": False, "again": ["anna2"], "lines": LINES[1:2]}),
    "wait": ("reset/wait.html", {**OPEN, "every": 3}),
    "unknown": ("reset/unknown.html", OPEN),
    "unknown for long": ("reset/unknown.html", {**OPEN, "every": 0}),
    "signed out": ("reset/signed_out.html", {"scope": "all"}),
    "signed out, partly": ("reset/signed_out.html", {"scope": "partial"}),
    "expired": ("reset/expired.html", {}),
    "expired by code": ("reset/expired.html", {"by_code": True}),
    "signed out, login closed": ("reset/signed_out.html", {"scope": "all", "login_open": False}),
    "privacy": ("reset/privacy.html", PRIVACY),
    "privacy, login closed": ("reset/privacy.html", {**PRIVACY, "login_open": False, "record": EMPTY_RECORD}),
    "expired, login closed": ("reset/expired.html", {"login_open": False}),
    "cookies": ("reset/cookies.html", {"cookies": [("resetapp", "Husker dig", "10 minutter")]}),
    "refusal": ("problem/message.html", {**REFUSAL, "actions": [("Prøv igen", "/"), ("Forside", "/")], "tone": "warn"}),
    "fault": ("problem/message.html", {**REFUSAL, "actions": [], "tone": "bad", "reference": None}),
}


def environment(language: str) -> Environment:
    """As `resetapp.web.house.prepare_templates` makes it, but a name that nobody gives is an error."""
    made = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = texts.translations(language)
    made.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["datetime"] = lambda moment: texts.date_time(language, moment)
    made.filters["time"] = lambda moment: texts.time_of_day(language, moment)
    return made


def frame(language: str, visitor: str | None) -> dict[str, Any]:
    """What every template may use."""
    return {
        **{"lang": language, "other_lang": "en" if language == "da" else "da"},
        "switch_url": "/?lang=xx",
        "institution": SimpleNamespace(
            name="Nordby & Sydby",
            support_phone="12 34 56 78",
            support_email="it@example.dk",
            support_hours="8-16",
            accessibility_url="https://was.digst.dk/example",
        ),
        **{"visitor": visitor, "login_open": True, "by_code": False, "codes_on": True},
        "demo": SimpleNamespace(simulator_url="http://127.0.0.1:9/"),
        "asset": lambda name: f"/static/{name}",
        **{"theme_url": "/theme.css", "csrf_token": lambda: "token"},
        "url_for": lambda endpoint, **_query: ENDPOINTS[endpoint],
    }


def rendered(page: str, language: str = "da", visitor: str | None = "Anna Bo") -> str:
    template, context = PAGES[page]
    return environment(language).get_template(template).render(frame(language, visitor) | context)


@pytest.fixture(params=[(page, language) for page in PAGES for language in texts.LANGUAGES], ids=" ".join)
def page(request: pytest.FixtureRequest) -> html.HtmlElement:
    name, language = request.param
    return html.document_fromstring(rendered(name, language))


def test_there_are_templates_to_look_at() -> None:
    assert len(OURS) > 10
    assert {template for template, _ in PAGES.values()} == {
        name.removeprefix("templates/") for name in OURS if "/reset/" in name or "/problem/" in name
    }


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_short(name: str) -> None:
    assert len(text_of(name).splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_script_or_style_of_its_own_and_trusts_no_value(name: str) -> None:
    assert re.findall(INLINE, text_of(name), re.IGNORECASE) == []


@pytest.mark.parametrize(
    "bad", ['<p style="x">', "<style>", '<a onclick="x">', "<script>", "{{ x|safe }}", '<a href="javascript:x">']
)
def test_the_look_for_script_and_style_finds(bad: str) -> None:
    assert re.search(INLINE, bad, re.IGNORECASE)


@pytest.mark.parametrize("name", OURS)
def test_every_word_comes_from_the_catalogues(name: str) -> None:
    assert words_outside_tags(text_of(name)) == []


def words_outside_tags(source: str) -> list[str]:
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", source, flags=re.DOTALL)
    return re.findall(r"\w+", re.sub(r"<[^>]*>", " ", bare))


def test_the_look_for_words_finds() -> None:
    assert words_outside_tags("<h1>{{ title }}</h1>{# note #}<p>Husk</p>") == ["Husk"]


def test_a_page_has_its_landmarks_and_one_heading(page: html.HtmlElement) -> None:
    assert page.get("lang") in texts.LANGUAGES
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("string(//h1)").strip() in page.findtext(".//title")
    assert page.xpath("//body/*[1][@class='skip']/@href") == ["#main"]
    for landmark in ("header", "main", "footer"):
        assert len(page.xpath(f"//{landmark}")) == 1


def test_ids_are_unique_and_what_points_at_them_arrives(page: html.HtmlElement) -> None:
    ids = page.xpath("//@id")
    assert sorted(ids) == sorted(set(ids))
    pointing = [word for which in POINTERS for value in page.xpath(f"//@{which}") for word in value.split()]
    pointing += [href[1:] for href in page.xpath("//a/@href") if href.startswith("#")]
    assert set(pointing) <= set(ids)


POINTERS = ("for", "form", "aria-describedby", "aria-labelledby", "aria-controls")


def test_every_form_is_a_post_with_a_token(page: html.HtmlElement) -> None:
    for form in page.xpath("//form"):
        assert form.method == "POST"
        assert form.xpath(".//input[@type='hidden'][@name='csrf_token']")
        assert all(button.get("type") for button in form.xpath(".//button"))


def test_every_field_has_a_label_and_no_password_a_value(page: html.HtmlElement) -> None:
    for field in page.xpath("//input[not(@type='hidden')][not(@aria-hidden)]"):
        assert field.xpath("ancestor::label") or page.xpath(f"//label[@for='{field.get('id')}']")
    for field in page.xpath("//input[@type='password']"):
        assert field.get("value") is None
        assert field.get("maxlength") is None  # it would cut a pasted password off unseen
        assert field.get("autocomplete") == "new-password"


def test_a_page_loads_nothing_from_elsewhere_and_names_foreign_places_only_in_links(page: html.HtmlElement) -> None:
    assert [src for src in page.xpath("//@src | //link/@href | //form/@action") if not src.startswith("/")] == []
    assert page.xpath("//img[not(ancestor::a[@class='mitid'])] | //iframe | //*[@target]") == []


def test_a_page_can_be_read_in_the_other_language(page: html.HtmlElement) -> None:
    (link,) = page.xpath("//header//nav/a")
    assert link.get("lang") == link.get("hreflang") != page.get("lang")


def test_only_waiting_pages_reload_themselves_and_only_without_script() -> None:
    reloading = [name for name in PAGES if "http-equiv" in rendered(name) or "data-wait" in rendered(name)]
    assert reloading == ["wait", "unknown"]
    assert re.search(r'<noscript><meta http-equiv="refresh" content="3"></noscript>', rendered("wait"))
    assert 'data-wait="set-unknown" data-every="15"' in rendered("unknown")


@pytest.mark.parametrize("name", ["none chosen", "password refused", "password not repeated"])
def test_an_error_stands_in_the_title_in_the_summary_and_at_the_field(name: str) -> None:
    page = html.document_fromstring(rendered(name))
    assert page.findtext(".//title").startswith("Fejl: ")
    for field, text in PAGES[name][1]["errors"]:
        assert page.xpath(f"//*[@data-error-summary]//a[@href='#{field}'][.='{text}']")
        (message,) = page.xpath(f"//p[@class='error'][contains(., '{text}')]")
        described = page.xpath("//*[@aria-describedby]/@aria-describedby")
        assert any(message.getparent().get("id") in words.split() for words in described)


def test_a_page_without_errors_does_not_say_so() -> None:
    assert "Fejl" not in rendered("password")


def test_values_are_escaped() -> None:
    page = rendered("two accounts")
    assert "an&lt;na&gt;" in page
    assert "an<na>" not in page
    assert "Nordby &amp; Sydby" in page
    policy = html.document_fromstring(rendered("password")).xpath("string(//form/@data-policy)")
    assert '"names": ["anna",' in policy


def test_who_is_logged_in_can_always_log_off() -> None:
    for visitor in ("Anna Bo", ""):  # a login without a name is a login
        assert sign_outs(rendered("one account", visitor=visitor))
    assert not sign_outs(rendered("start", visitor=None))


def sign_outs(source: str) -> list[html.HtmlElement]:
    return list(html.document_fromstring(source).xpath("//header//form[@action='/logout']"))


def test_the_demo_says_on_every_page_that_it_is_one() -> None:
    assert [name for name in PAGES if texts.text("da", "demo.banner") not in rendered(name)] == []


def test_marks_of_mitid_are_not_in_the_frame() -> None:
    """WAYF's terms, "Kendetegn": only where the login is offered, never as part of our own look."""
    frame_files = [name for name in OURS if not re.search("/reset/|/console/start", name)]
    assert [name for name in frame_files if re.search("mitid|nemlog", text_of(name), re.IGNORECASE)] == []


def test_styles_named_in_templates_exist() -> None:
    sheet = (folder("static") / "style.css").read_text(encoding="utf-8")
    missing = {name for page in PAGES for name in classes(rendered(page)) if not re.search(rf"\.{name}\b", sheet)}
    assert missing == set()


def classes(source: str) -> Iterator[str]:
    for value in html.document_fromstring(source).xpath("//@class"):
        yield from value.split()
