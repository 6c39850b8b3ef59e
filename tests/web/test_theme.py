"""Colours: axe sees neither hover states nor drawn signs, so the colours themselves are measured."""

import random
import re

import pytest

from resetapp.assets import folder
from resetapp.web.theme import DARK_SURFACES, LIGHT_SURFACES, contrast, css, light_and_dark

SHEET = (folder("static") / "style.css").read_text(encoding="utf-8")
DARK_BEGINS = SHEET.index("@media (prefers-color-scheme: dark)")
BRANDS = ["#000000", "#ffffff", "#ffd400", "#8bc53f", "#990000", "#0060e6", "#777777"]
TEXT = [
    *(f"{ink} {paper}" for ink in ("text", "muted", "link") for paper in ("page", "sheet", "card")),
    *(f"text {paper}-card" for paper in ("bad", "ok", "warn", "info")),
    *(f"{tone} {tone}-card" for tone in ("bad", "ok", "warn", "info")),
    "bad sheet",
    "bad card",
    "link warn-card",
    "on-action action",
    "on-action action-hover",
]
NOT_TEXT = ["edge sheet", "edge card", "action sheet", "action card", "ok card", "ok sheet", "bad sheet", "focus halo"]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", block))


LIGHT = tokens(SHEET[:DARK_BEGINS])
DARK = {**LIGHT, **tokens(SHEET[DARK_BEGINS : SHEET.index("@layer base")])}


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("pair", "least"), [*((pair, 4.5) for pair in TEXT), *((pair, 3.0) for pair in NOT_TEXT)])
def test_the_colours_of_the_style_sheet_can_be_told_apart(scheme: dict[str, str], pair: str, least: float) -> None:
    first, second = (scheme[name] for name in pair.split())
    assert contrast(first, second) >= least


def test_the_theme_measures_against_the_surfaces_of_the_style_sheet() -> None:
    assert tuple(LIGHT[name] for name in ("sheet", "card", "page")) == LIGHT_SURFACES
    assert tuple(DARK[name] for name in ("sheet", "card", "page")) == DARK_SURFACES


def test_the_mitid_button_has_its_fixed_colours_and_enough_contrast() -> None:
    assert re.search(r"\.mitid \{[^}]*background: #0060e6; color: #ffffff;", SHEET)
    assert contrast("#0060e6", "#ffffff") >= 4.5
    assert contrast("#0060e6", DARK["sheet"]) >= 3
    assert "mitid" not in css("#990000")


def test_any_brand_colour_becomes_readable() -> None:
    dice = random.Random(7)
    for brand in [*BRANDS, *(f"#{dice.randrange(1 << 24):06x}" for _ in range(500))]:
        light, dark = light_and_dark(brand, brand)
        assert contrast(light["--brand"], light["--on-brand"]) >= 4.5, brand
        for colours, surfaces in ((light, LIGHT_SURFACES), (dark, DARK_SURFACES)):
            assert contrast(colours["--action"], colours["--on-action"]) >= 4.5, brand
            assert contrast(colours["--action-hover"], colours["--on-action"]) >= 4.5, brand
            assert all(contrast(colours["--action"], surface) >= 4.5 for surface in surfaces), brand
            assert all(contrast(colours["--link"], surface) >= 4.5 for surface in surfaces), brand


def test_a_readable_colour_is_left_as_it_is() -> None:
    light, _ = light_and_dark("#1a3d6d", "#990000")
    assert (light["--brand"], light["--action"], light["--link"]) == ("#1a3d6d", "#990000", "#990000")


def test_links_on_the_demo_banner_are_readable_in_any_colour() -> None:
    """Boxes have papers of their own, which the theme does not know."""
    for brand in BRANDS:
        light, dark = light_and_dark(brand, brand)
        assert contrast(light["--link"], LIGHT["warn-card"]) >= 4.5, brand
        assert contrast(dark["--link"], DARK["warn-card"]) >= 4.5, brand


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "}body{", "#123456\n", "#123456;x:y", ""])
def test_anything_but_a_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        css(colour)
    if colour:
        with pytest.raises(ValueError, match="#rrggbb"):
            css("#1a3d6d", colour)


def test_the_sheet_holds_nothing_but_custom_properties() -> None:
    sheet = css("#1a3d6d", "#990000")
    rules = re.findall(r":root\{([^}]*)\}", sheet)
    assert len(rules) == 3
    assert all(re.fullmatch(r"--[a-z-]+:#[0-9a-f]{6}", line) for rule in rules for line in rule.split(";"))


def test_contrast_is_that_of_the_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
