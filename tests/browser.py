"""A browser without a screen: keeps cookies, follows redirects between app and hub, submits forms, checks each page."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html

MAX_HOPS = 12


@dataclass
class Page:
    """What came back last, and where it is."""

    url: str
    status: int
    text: str
    headers: requests.structures.CaseInsensitiveDict[str]

    @property
    def tree(self) -> html.HtmlElement:
        return html.fromstring(self.text)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def heading(self) -> str:
        return " ".join(self.tree.xpath("string(//h1)").split())

    @property
    def is_page(self) -> bool:
        return "text/html" in self.headers.get("Content-Type", "")


@dataclass
class Browser:
    """`checked`: pages of this origin are held to the rules of every page."""

    checked: str
    session: requests.Session = field(default_factory=requests.Session)
    page: Page | None = None
    visited: list[str] = field(default_factory=list)

    def open(self, url: str) -> Page:
        return self._go("GET", url, None)

    def link(self, selector: str) -> Page:
        """Follow the first link that the XPath finds."""
        assert self.page is not None
        return self.open(urljoin(self.page.url, self.page.tree.xpath(selector)[0].get("href")))

    def submit(self, form: str = "//main//form", **values: str | list[str]) -> Page:
        """Fill in the form that the XPath finds and send it, as without script. A list: several boxes are ticked."""
        assert self.page is not None
        found = self.page.tree.xpath(form)[0]
        fields = dict(found.form_values()) | values
        action = urljoin(self.page.url, found.get("action") or self.page.url)
        return self._go(found.method.upper(), action, fields)

    def _go(self, method: str, url: str, fields: dict[str, str | list[str]] | None) -> Page:
        referrer = self.page.url if self.page else ""
        for _ in range(MAX_HOPS):
            headers = {"Accept-Language": "da", "Referer": referrer} if referrer else {"Accept-Language": "da"}
            if method == "POST":
                answer = self.session.post(url, data=fields, headers=headers, allow_redirects=False, timeout=30)
            else:
                answer = self.session.get(url, params=fields, headers=headers, allow_redirects=False, timeout=30)
            self.visited.append(f"{method} {answer.url} {answer.status_code}")
            if "Location" not in answer.headers:
                return self._arrive(answer)
            url, method, fields = urljoin(answer.url, answer.headers["Location"]), "GET", None
        raise AssertionError("redirects without end")

    def _arrive(self, answer: requests.Response) -> Page:
        answer.encoding = "utf-8"
        self.page = Page(answer.url, answer.status_code, answer.text, answer.headers)
        if answer.url.startswith(self.checked) and self.page.is_page:
            check_page(self.page)
        onward = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.text)
        return self.open(unescape(onward[1])) if onward else self.page


def check_page(page: Page) -> None:
    """What holds for every page of ours (after GOV.UK Notify's and SecureDrop's page objects)."""
    tree = page.tree
    assert tree.get("lang") in ("da", "en")
    assert tree.findtext(".//title")
    assert len(tree.xpath("//h1")) == 1, page.url
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids)), page.url
    for form in tree.xpath("//form[@method='post']"):
        assert form.xpath(".//input[@name='csrf_token']"), page.url
    for field_ in tree.xpath("//input[not(@type='hidden')]"):
        labelled = tree.xpath(f"//label[@for='{field_.get('id')}']") if field_.get("id") else []
        assert labelled or field_.xpath("ancestor::label") or field_.get("aria-hidden"), page.url
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", page.text), page.url
    without_telephone = re.sub(r"tel:\+?[0-9]+", "", page.text)
    assert not re.search(r"(?<![0-9A-Za-z])[0-9]{6}-?[0-9]{4}(?![0-9A-Za-z])", without_telephone), page.url
    assert page.headers["Cache-Control"] == "no-store"
