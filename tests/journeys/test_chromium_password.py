"""The page of the new password in a real browser: suggestions, and ticks that the server does not contradict."""

import html
import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from resetapp.core.outcomes import Refusal
from resetapp.core.passwords import KINDS_DEMANDED, PasswordRules, PersonWords, check_password, name_parts
from resetapp.core.secret import Secret
from resetapp.texts import text
from tests.chromium import Chromium, Tab, running_chromium
from tests.demo_process import DemoProcess

pytestmark = pytest.mark.browser

# Of the same text twice: what the server says of it, and what the page's script ticks off.
TYPED = (
    "kort", "grøn cykel under bro", "Freja på cykel nu", "fr3ja på cykel nu", "FREJA på cykel nu", "frni på cykel nu",
    "holm ved vandet", "H0lm ved vandet", "ho1m ved vandet", "n1elsen ved søen", "nielsen ved søen", "nie1sen ved søen",
    "Bjørn-åge-ørsted", "bjoern ved søen", "bjorn ved søen", "Ørsted 漢字漢字漢字", "abc", "12345678901234",
    "ABCdef123", "abc def ghi", "Abc def ghi 7", "grøn€cykel€bro", "ÉÈÊ éèê 123 ---", "frejå 1234567", "İstanbul I ß ﬁ",
    "😀😀😀😀😀😀",
    "fre ja på cykel", "freja", "x" * 300,
)  # fmt: skip


@pytest.fixture(scope="module")
def chromium(demo: DemoProcess) -> Iterator[Chromium]:
    with running_chromium(demo) as running:
        yield running


def test_a_suggestion_fills_the_field_and_meets_every_rule(chromium: Chromium) -> None:
    with chromium.tab() as tab:
        tab.log_in("freja")
        tab.fill("halvt skrevet")
        tab.press("#suggestions summary")
        expect(tab.page.locator("#suggestions li:visible")).to_have_count(3)
        expect(tab.page.locator("#password")).to_have_value("halvt skrevet")  # nothing is lost by asking
        tab.check()
        wanted = tab.page.locator("#suggestions .code").nth(1).inner_text()
        tab.page.locator("[data-use]").nth(1).click()
        field = tab.page.locator("#password")
        expect(field).to_have_value(wanted)
        expect(field).to_have_attribute("type", "text")
        expect(field).to_be_focused()
        expect(tab.page.locator("[data-used]")).to_have_text(text("da", "password.suggestion_used"))
        expect(tab.page.locator("[data-rule].met")).to_have_count(tab.page.locator("[data-rule]").count())
        assert wanted not in tab.page.url
        tab.check()


def test_suggestions_need_no_script(chromium: Chromium) -> None:
    with chromium.tab("en", script=False) as tab:
        tab.log_in("freja")
        tab.fill("halvt skrevet")
        tab.page.click("#suggestions summary")
        expect(tab.page.locator("#suggestions .code:visible")).to_have_count(3)
        for each in tab.page.locator("#password, #password2").all():
            expect(each).to_have_value("halvt skrevet")
        expect(tab.page.locator("[data-use]:visible")).to_have_count(0)
        tab.check()


@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_page_ticks_off_exactly_what_the_server_accepts(chromium: Chromium, ascii_only: bool) -> None:
    names = ("frni", "Freja Holm Nielsen", "Bjørn Åge", "ørst")
    rules = PasswordRules(minimum=12, maximum=40, ascii_only=ascii_only, complexity=True)
    with chromium.tab() as tab:
        tab.log_in("freja")
        with_policy(tab, rules, names)
        for typed in TYPED:
            tab.page.fill("#password", typed)
            refused = set(check_password(Secret(typed), rules, PersonWords(names)))
            if len(typed) > 256:  # judged no further
                assert ticked(tab, "max") is False
                continue
            said = {
                "min": Refusal.TOO_SHORT in refused,
                "max": Refusal.TOO_LONG in refused,
                "kinds": Refusal.TOO_FEW_KINDS in refused,
                "name": Refusal.CONTAINS_NAME in refused,
            }
            assert {rule: not ticked(tab, rule) for rule in said} == said, typed
            if ascii_only and ticked(tab, "ascii"):
                assert Refusal.BAD_CHARACTER not in refused, typed


def with_policy(tab: Tab, rules: PasswordRules, names: tuple[str, ...]) -> None:
    """The page as it would come from a stricter directory, for a person of these names."""
    policy = {
        "min": rules.minimum,
        "max": rules.maximum,
        "ascii": rules.ascii_only,
        "kinds": KINDS_DEMANDED,
        "names": name_parts(names),
    }
    items = "".join(
        f'<li data-rule="{rule}"><span>{rule}<span class="unseen"></span></span></li>'
        for rule in ("min", "max", "kinds", "name", "ascii")
    )

    def stricter(route: Route) -> None:
        answer = route.fetch()
        told = html.escape(json.dumps(policy))
        page = re.sub("data-policy='[^']*'", lambda _: f"data-policy='{told}'", answer.text())
        route.fulfill(
            response=answer, body=re.sub(r'(<ul class="live"[^>]*>).*?</ul>', rf"\1{items}</ul>", page, flags=re.S)
        )

    tab.page.route("**/password", stricter)
    tab.open("/password")


def ticked(tab: Tab, rule: str) -> bool:
    return tab.page.locator(f"[data-rule={rule}].met").count() == 1
