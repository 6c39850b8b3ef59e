"""Makes docs/demo.png, the picture in the README, from a running demo: `.venv/bin/python -m scripts.picture`."""

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import ViewportSize

from tests.chromium import Chromium, running_chromium
from tests.demo_process import running_demo

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "demo.png"
PHONE: ViewportSize = {"width": 364, "height": 720}
SHEET: ViewportSize = {"width": 1600, "height": 100}  # as high as it needs to be
PERSON, PASSWORD = "freja", "blue bicycle under a bridge"  # of somebody invented
FRAME = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 28px 31px 32px; background: #eef1f5; color: #1b1d21; display: flex; gap: 22px;
  font: 600 17px/1.4 "Noto Sans", system-ui, sans-serif }
figure { margin: 0 }
figcaption { margin: 0 0 12px 10px }
img { display: block; border: 2px solid #1b1d21; border-radius: 22px }
</style>"""


def flow(chromium: Chromium) -> list[tuple[str, bytes]]:
    """The four pages that matter, each with its caption, as PNG."""
    with chromium.tab("en") as tab:
        page = tab.page
        page.set_viewport_size(PHONE)
        tab.open("/")
        shots = [("1  The start page", page.screenshot())]
        page.click(".mitid")
        shots.append(("2  In the demo: choose a person", page.screenshot()))
        page.click(f"button[value={PERSON}]")
        tab.arrive()
        tab.fill(PASSWORD)
        page.wait_for_selector("[data-rule].met")
        page.locator("#password").blur()
        shots.append(("3  Choose a new password", page.screenshot()))
        page.click("[data-busy]")
        tab.shows("Your password has been changed")
        shots.append(("4  Set, and verified", page.screenshot()))
    return shots


def sheet(shots: list[tuple[str, bytes]]) -> str:
    figure = '<figure><figcaption>{}</figcaption><img src="data:image/png;base64,{}"></figure>'
    return FRAME + "".join(figure.format(caption, b64encode(png).decode()) for caption, png in shots)


def main() -> None:
    with running_demo() as demo, running_chromium(demo) as chromium:
        page = chromium.browser.new_page(viewport=SHEET)
        page.set_content(sheet(flow(chromium)))
        page.screenshot(path=PICTURE, full_page=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
