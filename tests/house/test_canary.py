"""A known password and a known CPR number go through every journey; afterwards nobody has written either down."""

import base64
import contextlib
import quopri
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from resetapp.demo.people import PERSONAS
from tests.browser import Browser
from tests.demo_process import DemoProcess, running_demo
from tests.house.canary import found_in, in_the_list_of_processes, leaks
from tests.journeys.steps import choose_password, go_to_login, log_in, persona

PASSWORD = "kanarie på gul æske / 7 & sø"
CPR = persona("freja").cpr or ""
SECRETS = (PASSWORD, CPR, f"{CPR[:6]}-{CPR[6:]}")


def walk_everywhere(demo: DemoProcess) -> None:
    """Every persona, the password in every field and state, and what a clumsy or hostile browser sends."""
    for each in PERSONAS:
        log_in(Browser(checked=demo.url), demo, each.key)
    browser = Browser(checked=demo.url)
    assert log_in(browser, demo, "freja").path == "/password"
    assert browser.submit("//form[.//input[@name='attempt']]", password=PASSWORD, password2="x").status == 422
    assert choose_password(browser, PASSWORD[:9]).status == 422
    form_page = browser.page
    assert choose_password(browser, PASSWORD).path == "/done"
    browser.page = form_page
    choose_password(browser, PASSWORD + CPR)
    browser.open(f"{demo.url}/nothing/{'x' * 500}?q=1")
    browser.session.post(f"{demo.url}/password", data={"password": PASSWORD, "cpr": CPR}, timeout=10)
    browser.session.post(f"{demo.url}/saml/acs", data={"SAMLResponse": base64.b64encode(CPR.encode())}, timeout=10)
    browser.session.post(f"{demo.url}/saml/slo", data={"SAMLResponse": PASSWORD}, timeout=10)
    again = Browser(checked=demo.url)
    log_in(again, demo, "freja")
    assert choose_password(again, PASSWORD).status == 422  # used before: the directory's own refusal
    again.open(f"{demo.simulator_url}/hub/logout-everywhere")
    go_to_login(Browser(checked=demo.url), demo)


def ask_for_ones_data(demo: DemoProcess, *command: str, number: str = CPR) -> bytes:
    """`resetapp person` on the demo's database. Returns all that it prints, and what the list of processes shows."""
    program = [sys.executable, "-m", "resetapp", "--config", str(demo.folder / "config.toml"), "person", *command]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(program, **pipes) as process:  # type: ignore[call-overload]
        process.stdin.write(number.encode())
        process.stdin.flush()
        listed = in_the_list_of_processes(process.pid)
        printed: bytes = process.communicate(b"\n", 60)[0]
    assert process.returncode == 0, printed
    assert b"person\0" in listed
    return printed + listed


def ask_for_everything(demo: DemoProcess) -> bytes:
    told = ask_for_ones_data(demo, "export")
    assert persona("freja").accounts[0].username.encode() in told
    told += ask_for_ones_data(demo, "export", "--text", "da", number=f"{CPR[:6]}-{CPR[6:]}")
    return told + ask_for_ones_data(demo, "erase", "--yes") + ask_for_ones_data(demo, "export")


def test_no_file_database_log_or_output_holds_the_password_or_the_number(tmp_path: Path) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    with running_demo(temporary=tmp_path) as demo:
        walk_everywhere(demo)
        assert found_in(ask_for_everything(demo), SECRETS) == []
        assert demo.folder.is_relative_to(tmp_path)
        written = [path for path in demo.folder.rglob("*") if path.is_file()]
        assert any(path.suffix == ".db" for path in written)
        assert any(path.suffix == ".log" and path.stat().st_size for path in written)
        assert list(leaks(tmp_path, SECRETS)) == []
        for new in set(Path(tempfile.gettempdir()).iterdir()) - before:  # also from other tests that run meanwhile
            with contextlib.suppress(FileNotFoundError):
                if new.is_file():
                    assert not found_in(new.read_bytes(), SECRETS), new
        output = demo.output
    assert list(leaks(tmp_path, SECRETS)) == []
    assert found_in("".join(output).encode(), SECRETS) == []


@pytest.mark.parametrize(
    "planted",
    [
        PASSWORD.encode(),
        PASSWORD.encode("utf-16-le"),
        b"password=kanarie+p%C3%A5+gul+%C3%A6ske+%2F+7+%26+s%C3%B8",
        base64.b64encode(f"a {PASSWORD} b".encode()),
        base64.b64encode(f"{CPR}".encode()),
        base64.b64encode(f"xy{CPR} and more".encode()),
        PASSWORD.encode().hex().encode(),
        quopri.encodestring(PASSWORD.encode()),
        rb"kanarie p\xe5 gul \xe6ske / 7 & s\xf8",
        f"cpr {CPR[:6]}-{CPR[6:]}".encode(),
    ],
)
def test_a_planted_secret_would_be_found(tmp_path: Path, planted: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "planted.log").write_bytes(b"before " + planted + b" after")
    assert list(leaks(tmp_path, SECRETS))
    (tmp_path / "deep" / "planted.log").write_bytes(b"before and after")
    assert not list(leaks(tmp_path, SECRETS))
