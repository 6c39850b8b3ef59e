"""The rules that need the wired app: every route guarded, CSRF exempt by name only, every outcome with its page."""

import ast
from pathlib import Path

import pytest

from resetapp import texts
from resetapp.core.accounts import USABLE, AccountState
from resetapp.core.outcomes import Outcome, Refusal, Step
from resetapp.web import about, code, freeze, health, house, metrics, reset, saml
from resetapp.web.protection import csrf

ROUTES = {
    "/": "open_to_all",
    "/account": "at_step",
    "/again": "at_step",
    "/code": "open_to_all",
    "/cookies": "open_to_all",
    "/done": "at_step",
    "/expired": "open_to_all",
    "/freeze/<token>": "open_to_all",
    "/healthz": "open_to_all",
    "/login": "open_to_all",
    "/logout": "open_to_all",
    "/mark": "open_to_all",
    "/metrics": "watchers_only",
    "/password": "at_step",
    "/privacy": "open_to_all",
    "/robots.txt": "open_to_all",
    "/saml/acs": "open_to_all",
    "/saml/metadata": "open_to_all",
    "/saml/slo": "open_to_all",
    "/signed-out": "open_to_all",
    "/stay": "at_step",
    "/stopped": "at_step",
    "/theme.css": "open_to_all",
    "/unlock": "at_step",
    "/was": "open_to_all",
}


def routes() -> dict[str, tuple[str, str | None]]:
    """path → (endpoint, guard), from the blueprints as they register."""
    from flask import Flask

    app = Flask("routes")
    app.register_blueprint(reset.pages)
    app.register_blueprint(code.entrance)
    app.register_blueprint(saml.endpoints)
    app.register_blueprint(health.monitoring)
    return {
        rule.rule: (rule.endpoint, getattr(app.view_functions[rule.endpoint], "guard", None))
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
    }


def test_every_route_is_known_and_guarded_as_the_list_says() -> None:
    assert about.pages is freeze.pages is reset.pages
    assert metrics.monitoring is health.monitoring
    assert {path: guard for path, (_, guard) in routes().items()} == ROUTES


def test_a_route_without_a_guard_would_be_seen() -> None:
    def naked() -> str:
        return ""

    assert getattr(naked, "guard", None) is None


def test_only_the_two_saml_endpoints_are_exempt_from_csrf() -> None:
    assert csrf._exempt_views == {"resetapp.web.saml.acs", "resetapp.web.saml.slo"}
    assert not csrf._exempt_blueprints


def test_every_step_has_its_page() -> None:
    endpoints = {endpoint for endpoint, _ in routes().values()}
    assert set(house.PAGE_OF_STEP) == set(Step)
    assert set(house.PAGE_OF_STEP.values()) <= endpoints


@pytest.mark.parametrize("outcome", [each for each in Outcome if each != Outcome.OPEN])
def test_every_outcome_has_its_texts(outcome: Outcome) -> None:
    stem = texts.OUTCOMES[outcome]
    assert texts.has(f"{stem}.title" if texts.has(f"{stem}.title") else stem)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_its_text(refusal: Refusal) -> None:
    key = texts.REFUSALS[refusal]
    assert texts.has(key) or (texts.has(f"{key}.title") and texts.has(f"{key}.body"))


@pytest.mark.parametrize("state", [each for each in AccountState if each not in USABLE])
def test_every_closed_state_has_its_status_and_reason(state: AccountState) -> None:
    stem = texts.CLOSED[state]
    assert texts.has(f"account.status_{stem}")
    assert texts.has(f"account.why_{stem}")


def test_a_redirect_never_goes_to_an_address_that_the_client_gave() -> None:
    """Every redirect in web/ names an endpoint of ours or an address that the service provider made."""
    allowed = {"url_for", "onward", "_way_out"}
    for path in Path(saml.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "redirect":
                target = ast.unparse(node.args[0])
                ours = target.split("(")[0] in allowed
                made = target in ("sent.url", "url") or "answer_logout" in target
                assert ours or made, f"{path.name}:{node.lineno} redirects to {target}"
