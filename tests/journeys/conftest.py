"""The whole thing, as `resetapp demo` starts it: app, hub and directory as processes of their own."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser import Browser
from tests.demo_process import DemoProcess, running_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoProcess]:
    with running_demo() as running:
        yield running


@pytest.fixture(scope="session")
def slapd_demo() -> Iterator[DemoProcess]:
    with running_demo("--directory", "slapd") as running:
        yield running


@pytest.fixture
def new_browser() -> Callable[[DemoProcess], Browser]:
    return lambda running: Browser(checked=running.url)


@pytest.fixture
def browser(demo: DemoProcess) -> Browser:
    return Browser(checked=demo.url)
