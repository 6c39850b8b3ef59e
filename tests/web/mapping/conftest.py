"""A service with mappings, and the mail server that its owners' mails go to."""

from collections.abc import Callable, Iterator

import pytest

from resetapp.settings import Encryption
from tests.chromium import Chromium, running_chromium
from tests.mail.smtp_server import Post, running_post
from tests.web.conftest import World
from tests.web.mapping.browser import Served, served_world
from tests.web.mapping.steps import mapping_world


@pytest.fixture(scope="package")
def post_office() -> Iterator[Post]:
    with running_post(Encryption.NONE) as post:
        yield post


@pytest.fixture
def post(post_office: Post) -> Post:
    post_office.mails.clear()
    return post_office


@pytest.fixture
def world(make_world: Callable[..., World], post: Post) -> World:
    return mapping_world(make_world, post)


@pytest.fixture
def served(make_world: Callable[..., World], post: Post) -> Iterator[Served]:
    with served_world(make_world, post) as served:
        yield served


@pytest.fixture
def chromium(served: Served) -> Iterator[Chromium]:
    with running_chromium(served) as running:
        yield running
