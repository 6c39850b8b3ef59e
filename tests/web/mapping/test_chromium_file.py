"""A file of mappings in a real browser: with faults, mended, and approved by somebody else."""

import pytest
from playwright.sync_api import expect

from tests.chromium import Chromium, Tab
from tests.mapping.conftest import number
from tests.web.mapping.browser import OF_FILES, SIZES, Served, check, log_in
from tests.web.mapping.steps import APPROVER, MAPPER, WHY, states
from tests.web.visiting import account

pytestmark = pytest.mark.browser

FAULTY = f"cpr;username\n123;{account('sofie')}\n{number(1)};nobody\n{number(2)};\n"
MENDED = "cpr;username\n" + "".join(f"{number(n)};{account(key)}\n" for n, key in enumerate(OF_FILES))


@pytest.mark.parametrize("language", SIZES)
def test_a_file_is_mended_and_approved_by_somebody_else(served: Served, chromium: Chromium, language: str) -> None:
    with chromium.tab(language) as mapper, chromium.tab(language) as approver:
        log_in(mapper, served, MAPPER, "/staff/login")
        mapper.open("/staff/mappings/import")
        check(mapper)
        upload(mapper, FAULTY)
        expect(mapper.page.locator("main .accounts li")).to_have_count(3)
        for line in (2, 3, 4):
            expect(mapper.page.locator("main .accounts li").nth(line - 2)).to_contain_text(str(line))
        check(mapper)
        mapper.open("/staff/mappings/import")
        upload(mapper, MENDED)
        expect(mapper.page.locator("form[action$='/withdraw']")).to_be_visible()
        expect(mapper.page.locator("form[action$='/approve']")).to_have_count(0)
        check(mapper)
        log_in(approver, served, APPROVER, "/staff/login")
        approver.page.goto(mapper.page.url)
        hash_shown = approver.page.locator("input[name=hash]").get_attribute("value") or "none"
        expect(approver.page.locator(".facts").first).to_contain_text(hash_shown)
        check(approver)
        approver.page.click("form[action$='/approve'] .btn")
        expect(approver.page.locator(".panel.ok")).to_be_visible()
        check(approver)
    assert states(served.world) == ["approved", "approved"]


def upload(tab: Tab, content: str) -> None:
    tab.page.set_input_files("#file", {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()})
    tab.page.fill("#reason", WHY)
    tab.page.click("form[enctype] .btn")
