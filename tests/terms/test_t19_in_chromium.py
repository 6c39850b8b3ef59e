"""T19 in a real browser: the installed mark is seen in the login's button, and a script in it never runs."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from resetapp.demo.stage import Rehearsal, Stage
from resetapp.settings import Settings
from resetapp.web.mark import Mark
from tests.builders import INVENTED_MARK
from tests.chromium import PHONE, WIDTHS, Chromium, Tab, running_chromium
from tests.ports import free_port

pytestmark = pytest.mark.browser

WITH_SCRIPT = INVENTED_MARK.replace("</svg>", "<script>document.documentElement.id = 'ran'</script></svg>")
IN_THE_BUTTON = """() => {
    const picture = document.querySelector('.mitid img'), inner = picture.getBoundingClientRect();
    const outer = picture.closest('a').getBoundingClientRect();
    return picture.complete && picture.naturalWidth > 0 && inner.width > 10 && inner.height <= 24
        && inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top
        && inner.bottom <= outer.bottom && outer.height >= 48;
}"""


@dataclass(frozen=True)
class Served:
    """One rehearsal, answering over HTTP. Its hub answers nobody."""

    rehearsal: Rehearsal
    url: str
    simulator_url: str = "http://127.0.0.1:9"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Nothing: the tests look at the pages."""


@pytest.fixture(scope="module")
def served(stage: Stage, settings: Settings) -> Iterator[Served]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    rehearsal = stage.rehearse(replace(settings, service=replace(settings.service, public_url=url)))
    server = make_server("127.0.0.1", port, rehearsal.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(rehearsal, url)
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(scope="module")
def chromium(served: Served) -> Iterator[Chromium]:
    with running_chromium(served) as running:
        yield running


def at_each_width(tab: Tab) -> Iterator[int]:
    for width in WIDTHS:
        tab.page.set_viewport_size({"width": width, "height": 844})
        yield width
    tab.page.set_viewport_size({"width": PHONE, "height": 844})


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_mark_stands_in_the_button_on_a_phone_and_on_a_desk(chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as tab:
        tab.open("/")
        tab.page.wait_for_load_state("networkidle")
        for width in at_each_width(tab):
            assert tab.page.evaluate(IN_THE_BUTTON), width
        assert tab.page.locator("img").count() == 1
        tab.check()


def test_the_button_is_called_as_without_a_mark(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.open("/")
        assert tab.page.get_by_role("link", name="Log ind med MitID", exact=True).count() == 1


def test_a_script_in_the_mark_never_runs_not_even_when_it_is_opened_by_itself(
    chromium: Chromium, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings refuse such a file: this is the other lock."""
    scripted = Mark(WITH_SCRIPT.encode(), "image/svg+xml", "scripted")
    monkeypatch.setitem(served.rehearsal.app.extensions, "resetapp.mark", scripted)
    page = chromium.browser.new_page()
    page.goto(f"{served.url}/mark")
    assert page.evaluate("document.documentElement.localName") == "svg"
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert page.evaluate("document.documentElement.id") == ""
    page.close()
