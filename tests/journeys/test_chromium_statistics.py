"""The console's statistics in a real browser, with the demo's three months of history behind them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from resetapp.statistics import Period
from tests.chromium import Chromium, running_chromium
from tests.demo_process import DemoProcess

pytestmark = pytest.mark.browser
TITLES = {"da": "Statistik", "en": "Statistics"}


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


@pytest.mark.parametrize("language", TITLES)
def test_the_supporter_reads_charts_and_tables_in_every_period(chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as tab:
        tab.open("/staff/")
        tab.page.click(".mitid")
        tab.page.click("button[value=tove]")
        tab.arrive()
        expect(tab.page.locator("nav.sections a[href='/staff/statistics']")).to_be_visible()
        tab.check()
        tab.page.click('main a[href$="/staff/statistics"]')
        tab.shows(TITLES[language])
        for period in Period:
            tab.page.click(f'.periods a[href$="period={period}"]')
            expect(tab.page.locator(".periods [aria-current]")).to_have_attribute(
                "href", f"/staff/statistics?period={period}"
            )
            expect(tab.page.locator("figure")).to_have_count(5)
            assert tallest_bar(tab.page) > 20
            expect(tab.page.locator("table[aria-labelledby=readiness] tbody tr")).to_have_count(2)
            tab.page.locator("details summary").first.click()
            expect(tab.page.locator("details table").first).to_be_visible()
            tab.check()
        with tab.page.expect_download() as download:
            tab.page.click(".download")
        assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbf")


def tallest_bar(page: Page) -> float:
    """In CSS pixels, on a phone."""
    script = "Math.max(...[...document.querySelectorAll('.chart g .s1')].map(e => e.getBoundingClientRect().height))"
    return float(page.evaluate(script))
