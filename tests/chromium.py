"""Debian's Chromium without a screen: steps a person takes in it, and what every page is held to while they do.

Playwright drives it over the debugging protocol; its own browsers are never downloaded. axe-core (`tests/vendor`) goes
in the same way, so that neither the Content Security Policy nor Trusted Types stand in its way.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, Request, Response, expect, sync_playwright

PROGRAM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
AS_ROOT = ("--no-sandbox",)  # the sandbox refuses to work for root, as in many containers
PHONE, HEIGHT = 390, 844
WIDTHS = (320, PHONE, 1280)  # the first is WCAG 2.2's own for reflow (1.4.10)
DOUBLED_WIDTH = 640  # at twice the text size this is as narrow as 320
LEAST_TARGET = 44  # CSS pixels
PATIENCE = 20_000  # milliseconds to wait for what is expected, on a busy machine
LOCALES = {"da": "da-DK", "en": "en-GB"}
STATUS_OF_A_PAGE = "Failed to load resource"  # the console's word for a page of status 4xx; the steps look at those
LEFT = "net::ERR_ABORTED"  # the person went on before everything had come

AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text("utf-8")
AXE_RUN = "wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations', 'incomplete']})"
AXE_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_COLOURS = ["color-contrast"]  # all that can differ in dark

DOUBLED_TEXT = """() => {  // WCAG 2.2: 1.4.4 (text size) and 1.4.12 (text spacing), both at once
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('html { font-size: 200% } p { margin-bottom: 2em !important } * { line-height: 1.5 !important;'
        + 'letter-spacing: .12em !important; word-spacing: .16em !important }');
    document.adoptedStyleSheets = [sheet];
}"""
USUAL_TEXT = "document.adoptedStyleSheets = []"
CONTENT_WIDTH = "document.documentElement.scrollWidth"
# A link within a sentence is as high as the sentence's lines; a checkbox's target is its label.
SMALL_TARGETS = """least => [...document.querySelectorAll('a[href], button, summary, select, input, label.choice')]
    .filter(e => e.checkVisibility() && !e.closest('.skip, .unseen') && e.type !== 'checkbox' && e.type !== 'hidden')
    .filter(e => !(e.matches('p a, dd a, li a') && e.parentElement.innerText.trim() !== e.innerText.trim()))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => Math.round(box.height) < least || Math.round(box.width) < least)
    .map(([e, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${e.outerHTML.slice(0, 120)}`)"""


class Service(Protocol):
    """Where the service and its simulator answer."""

    url: str
    simulator_url: str


@dataclass
class Tab:
    """One page in a browser that has never been here, on a phone. `problems` grows with what goes wrong in it."""

    page: Page
    demo: Service
    language: str
    script: bool
    protocol: CDPSession
    problems: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)  # the addresses of all forms sent

    def open(self, path: str) -> None:
        self.page.goto(f"{self.demo.url}{path}")

    def log_in(self, key: str) -> None:
        """From the start page through the simulator as this person, to the page where the app puts them."""
        self.open("/")
        self.page.click(".mitid")
        self.page.click(f"button[value={key}]")
        self.arrive()

    def arrive(self) -> None:
        """Back from the simulator, whose page sends the answer on by itself when it may."""
        if not self.script:
            self.page.click("#post button")
        self.page.wait_for_url(f"{self.demo.url}/**")

    def fill(self, password: str) -> None:
        """In both fields, where there are two. Waits for the page that has them."""
        self.page.locator("#password").wait_for()
        for each in self.page.locator("#password, #password2").all():
            each.fill(password)

    def save(self, password: str) -> None:
        self.fill(password)
        self.page.click("[data-busy]")

    def reach(self, selector: str) -> None:
        """Press Tab until the focus is there, as somebody without a mouse does."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.has_focus(selector):
                return
        raise AssertionError(f"{selector} cannot be reached with the keyboard on {self.page.url}")

    def press(self, selector: str) -> None:
        self.reach(selector)
        self.page.keyboard.press("Enter")

    def has_focus(self, selector: str) -> bool:
        return bool(self.page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector))

    def shows(self, heading: str) -> None:
        """Waits for it."""
        expect(self.page.locator("h1")).to_have_text(heading)

    def check(self) -> None:
        """The page as it stands, in light and dark, on a phone and on a desk, and with text of twice the size."""
        self.page.wait_for_load_state()  # a heading is there before the style sheet is
        where = self.page.url
        with self._scripts_allowed():
            language = self.page.get_attribute("html", "lang")
            faults = [] if language == self.language else [f"the language is {language}"]
            self.page.evaluate(f"{AXE};0")
            self.page.emulate_media(color_scheme="dark")
            faults += [f"dark: {fault}" for fault in self._inaccessible(AXE_COLOURS)]
            self.page.emulate_media(color_scheme="light")
            faults += self._inaccessible(AXE_ALL)
            faults += [f"sideways scrolling at {width}" for width in self._too_narrow()]
            faults += [f"too small to touch: {each}" for each in self.page.evaluate(SMALL_TARGETS, LEAST_TARGET)]
        assert not faults + self.problems, (where, faults, self.problems)

    def _inaccessible(self, wanted: list[str]) -> list[str]:
        """axe's violations; and what it could not decide about ARIA, which is how it reports misplaced labels."""
        found = self.page.evaluate(AXE_RUN, wanted)
        undecided = [rule for rule in found["incomplete"] if rule["id"].startswith("aria-")]
        return [_told(rule) for rule in found["violations"] + undecided]

    def _too_narrow(self) -> list[int]:
        """The widths at which the page is wider than the window."""
        widths = [width for width in WIDTHS if self._content_width(width) > width]
        self.page.evaluate(DOUBLED_TEXT)
        widths += [DOUBLED_WIDTH] if self._content_width(DOUBLED_WIDTH) > DOUBLED_WIDTH else []
        self.page.evaluate(USUAL_TEXT)
        self._content_width(PHONE)
        return widths

    def _content_width(self, width: int) -> int:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        return int(self.page.evaluate(CONTENT_WIDTH))

    @contextmanager
    def _scripts_allowed(self) -> Iterator[None]:
        """axe needs timers, which a browser without script has not. The page's own script is not run by this."""
        self.allow_script(True)
        yield
        self.allow_script(self.script)

    def allow_script(self, allowed: bool) -> None:
        self.protocol.send("Emulation.setScriptExecutionDisabled", {"value": not allowed})


def _told(rule: dict[str, Any]) -> str:
    return f"{rule['id']}: {rule['help']}: {[node['html'][:140] for node in rule['nodes'][:3]]}"


@dataclass(frozen=True)
class Chromium:
    """The browser in front of one demo."""

    browser: Browser
    demo: Any  # a Service, and what else its tests know of it

    @contextmanager
    def tab(self, language: str = "da", *, script: bool = True) -> Iterator[Tab]:
        """At the end nothing may have gone wrong in it."""
        context = self.browser.new_context(
            viewport={"width": PHONE, "height": HEIGHT},
            locale=LOCALES[language],
            reduced_motion="reduce",  # colours on their way from light to dark would be judged half-way
        )
        page = context.new_page()
        tab = Tab(page, self.demo, language, script, context.new_cdp_session(page))
        tab.allow_script(script)
        _watch(tab)
        try:
            yield tab
        finally:
            context.close()
        assert not tab.problems, tab.problems


@contextmanager
def running_chromium(demo: Any) -> Iterator[Chromium]:
    """`demo`: a Service. Skips the test without Chromium; `tests/house/skips.py` makes that a failure on CI."""
    if not PROGRAM.exists():
        pytest.skip(f"there is no {PROGRAM}: apt-get install --no-install-recommends chromium, or set CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    flags = [*FLAGS, *(AS_ROOT if os.geteuid() == 0 else ())]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=flags)
        yield Chromium(browser, demo)
        browser.close()


def _watch(tab: Tab) -> None:
    """The console (which also tells violations of the Content Security Policy), script errors, and the network."""
    page, origins = tab.page, (f"{tab.demo.url}/", f"{tab.demo.simulator_url}/")

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(STATUS_OF_A_PAGE):
            tab.problems.append(f"console: {message.text}")

    def asked(request: Request) -> None:
        if request.method == "POST":
            tab.posts.append(request.url)
        if not request.url.startswith((*origins, "data:")):
            tab.problems.append(f"foreign origin: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            tab.problems.append(f"{response.status}: {response.url}")

    def failed(request: Request) -> None:
        if request.failure != LEFT:
            tab.problems.append(f"{request.failure}: {request.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: tab.problems.append(f"script: {error}"))
    page.on("request", asked)
    page.on("response", answered)
    page.on("requestfailed", failed)
