"""The simulator's page with the mails, and how it is started with them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from resetapp.core.freeze import freeze_token
from resetapp.demo.hub import Hub
from resetapp.demo.mailbox import Mailbox
from resetapp.demo.simulator import create_simulator, main
from tests.demo.driving import asked
from tests.demo.service_provider import ACS, ServiceProvider

AT = datetime(2026, 11, 22, 9, 51, tzinfo=UTC)
SERVICE = "https://sp.example"
EMPTY = {"da": "Der er ingen mails endnu.", "en": "There are no mails yet."}
FREEZE = f"{SERVICE}/freeze/{freeze_token(b'k' * 32, 'f' * 32)}"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def client(hub: Hub, mailbox: Mailbox) -> FlaskClient:
    return create_simulator(hub, mailbox).test_client()


def put(mailbox: Mailbox, subject: str, text: str) -> None:
    octets = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Language: en\r\n\r\n{text}"
    mailbox.keep(octets.encode(), ("freja@example.dk",), AT)


def shown(client: FlaskClient, address: str = "/mail?lang=da") -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def test_mails_are_shown_newest_first_with_when_to_whom_and_what(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, "First", "Hello")
    put(mailbox, "Second", "Line one\n\nLine two")
    page = shown(client)
    assert [each.text_content() for each in page.xpath("//main//h2")] == ["Second", "First"]
    newest = page.xpath("//main//li")[0]
    assert [each.get("lang") for each in newest] == ["en", None, "en"], "subject and text; the rest is the page's"
    assert newest.xpath("p[@class='text']")[0].text_content() == "Line one\n\nLine two"
    assert "freja@example.dk" in newest.text_content()
    assert "22. november 2026 kl. 10.51" in newest.text_content()
    english = shown(client, "/mail?lang=en")
    assert "22 November 2026 at 10:51" in english.xpath("//main//li")[0].text_content()
    assert english.xpath("//main//li//@lang") == [], "the page's own language"


@pytest.mark.parametrize("language", EMPTY)
def test_an_empty_mailbox_says_so(language: str, client: FlaskClient, mailbox: Mailbox) -> None:
    page = f"/mail?lang={language}"
    assert EMPTY[language] in shown(client, page).text_content()
    put(mailbox, "x", "y")
    assert EMPTY[language] not in shown(client, page).text_content()


def test_what_a_mail_says_is_never_html(client: FlaskClient, mailbox: Mailbox) -> None:
    put(mailbox, "<script>alert(1)</script>", f'<img src=x onerror=alert(1)> {SERVICE}/"onclick="x <b>fed</b>')
    mailbox.keep(b"junk", ("<i>@example.dk",), AT)
    text = client.get("/mail").text
    for tag in ("<script", "<img", "<b>", "<i>", 'onclick="x'):
        assert tag not in text
    assert "&lt;script&gt;" in text
    assert "script-src 'self'" in client.get("/mail").headers["Content-Security-Policy"]


def test_the_link_that_stops_a_mapping_can_be_followed_and_no_other_address(
    client: FlaskClient, mailbox: Mailbox
) -> None:
    elsewhere = [f"{SERVICE}.evil.example/x", f"{SERVICE}@evil.example/", f"{SERVICE}:444/", "http://sp.example/"]
    put(mailbox, "Stop", "\n".join([f"See {FREEZE}.", *elsewhere, "javascript:alert(1)", f"({SERVICE}/was)"]))
    (text,) = shown(client).xpath("//p[@class='text']")
    assert [each.get("href") for each in text.xpath(".//a")] == [FREEZE, f"{SERVICE}/was"]
    assert f"See {FREEZE}.\n{elsewhere[0]}" in text.text_content()
    assert ACS.startswith(f"{SERVICE}/")


def test_the_page_is_linked_and_leads_back_to_the_login_that_waits(client: FlaskClient, sp: ServiceProvider) -> None:
    assert shown(client, "/?lang=en").xpath("//a[@href='/mail?lang=en']")
    handle = asked(client, sp).fields["login"]
    (link,) = shown(client, f"/login?login={handle}&lang=da").xpath("//a[starts-with(@href, '/mail')]/@href")
    page = shown(client, link)
    for back in page.xpath("//main//a/@href"):
        assert f"login={handle}" in back
    (other,) = page.xpath("//header//a/@href")
    assert (other.partition("?")[0], f"login={handle}" in other) == ("/mail", True)
    assert shown(client, page.xpath("//main//a/@href")[-1]).xpath("//button[@value='freja']")


def test_without_a_mailbox_there_is_no_page_and_no_link(hub: Hub, sp: ServiceProvider) -> None:
    client = create_simulator(hub).test_client()
    assert client.get("/mail").status_code == 404
    assert "/mail" not in client.get("/").text
    handle = asked(client, sp).fields["login"]
    assert "/mail" not in client.get(f"/login?login={handle}").text


def test_a_port_without_a_certificate_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--port", "1", "--folder", str(tmp_path), "--sp-metadata", str(tmp_path / "sp.xml")]
    with pytest.raises(SystemExit):
        main([*arguments, "--mail-port", "2"])
    assert "belong together" in capsys.readouterr().err
