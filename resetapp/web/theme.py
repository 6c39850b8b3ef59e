"""The institution's colours, made safe to read: `#rrggbb` settings become CSS custom properties for `/theme.css`.

Only the lightness of a colour is changed and its hue is kept (OKLCH, bottosson.github.io/posts/oklab), so that the
institution still knows its colour. The ratios are those of WCAG 2.2: 1.4.3 (text, 4.5) and 1.4.11 (parts, 3).
"""

import math
import re
from collections.abc import Callable, Sequence

WHITE, BLACK, NEAR_BLACK = "#ffffff", "#000000", "#1b1d21"
LIGHT_SURFACES = ("#ffffff", "#f6f7f9", "#f1f3f6")  # --sheet, --card and --page in static/style.css; a test compares
DARK_SURFACES = ("#1a1c20", "#22252a", "#121417")
TEXT, COMFORTABLE = 4.5, 5.5

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 100
_SMALLEST_CHROMA = 0.002  # below this a colour cannot be told from grey

Colours = dict[str, str]


def css(brand: str, accent: str | None = None) -> str:
    """The body of `/theme.css`. Only checked colours reach it, so a setting cannot inject a rule.

    `accent` colours buttons and links; without one the brand colour does. Raises ValueError for bad colours.
    """
    light, dark = light_and_dark(brand, accent or brand)
    screen, night = _declarations(light), _declarations(dark)
    return f":root{{{screen}}}@media(prefers-color-scheme:dark){{:root{{{night}}}}}@media print{{:root{{{screen}}}}}\n"


def light_and_dark(brand: str, accent: str) -> tuple[Colours, Colours]:
    """The custom properties of both schemes. Raises ValueError for anything but `#rrggbb`."""
    for colour in (brand, accent):
        if _COLOUR.fullmatch(colour) is None:
            raise ValueError("a colour is written #rrggbb")
    light = {"--brand": brand, "--on-brand": _ink(brand), **_action(accent, LIGHT_SURFACES, BLACK)}
    return light, _action(accent, DARK_SURFACES, WHITE)


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio of two `#rrggbb` colours, 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _action(accent: str, surfaces: Sequence[str], toward: str) -> Colours:
    action = _readable(accent, surfaces, TEXT, toward)
    return {
        "--action": action,
        "--on-action": _ink(action),
        "--action-hover": _mixed(action, toward, 0.2),
        "--link": _readable(accent, surfaces, COMFORTABLE, toward),
    }


def _declarations(colours: Colours) -> str:
    return ";".join(f"{name}:{value}" for name, value in colours.items())


def _readable(colour: str, surfaces: Sequence[str], ratio: float, toward: str) -> str:
    """The colour, moved toward white or black until it has this contrast to every surface."""
    lightness, chroma, hue = _to_oklch(colour)
    end = 1.0 if toward == WHITE else 0.0
    for step in range(_STEPS):
        candidate = _from_oklch(lightness + (end - lightness) * step / _STEPS, chroma, hue) if step else colour
        if all(contrast(candidate, surface) >= ratio for surface in surfaces):
            return candidate
    return toward


def _ink(background: str) -> str:
    """Text on a colour. Near-black misses 4.5 on mid-tones; pure black or white always reaches 4.58."""
    soft = max((WHITE, NEAR_BLACK), key=lambda ink: contrast(background, ink))
    if contrast(background, soft) >= TEXT:
        return soft
    return max((WHITE, BLACK), key=lambda ink: contrast(background, ink))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _written(channels: Sequence[float]) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)


def _mixed(first: str, second: str, share: float) -> str:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return _written([a * (1 - share) + b * share for a, b in pairs])


def _each(change: Callable[[float], float], colour: str) -> tuple[float, float, float]:
    red, green, blue = _channels(colour)
    return change(red / 255), change(green / 255), change(blue / 255)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _luminance(colour: str) -> float:
    red, green, blue = _each(_linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklch(colour: str) -> tuple[float, float, float]:
    red, green, blue = _each(_linear, colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _from_oklch(lightness: float, chroma: float, hue: float) -> str:
    """Back to `#rrggbb`; the chroma is reduced until the colour exists in sRGB."""
    while True:
        rgb = _rgb(lightness, chroma * math.cos(hue), chroma * math.sin(hue))
        if chroma < _SMALLEST_CHROMA or all(-0.0005 <= channel <= 1.0005 for channel in rgb):
            return _written([255 * _gamma(min(1.0, max(0.0, channel))) for channel in rgb])
        chroma *= 0.95


def _rgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    """OKLab to linear sRGB."""
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
    )
