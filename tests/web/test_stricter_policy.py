"""The directory's policy becomes stricter in the middle of a visit: the pages go on with the one of now."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ldap3 import MODIFY_REPLACE

from resetapp.check_config import check_config
from resetapp.core.accounts import DirectoryPolicy
from resetapp.core.outcomes import AttemptState, Refusal
from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import Endpoint, demo_directory_settings
from resetapp.demo.ldap_seed import DEFAULT_POLICY
from resetapp.texts import text
from tests.directory.binding import admin_connection, binds
from tests.hub import ENTITY_ID
from tests.web.conftest import PUBLIC_URL, Keys, World
from tests.web.test_password_page import policy_of
from tests.web.two_directories import GUEST, OLD, STUDENT, two_directories
from tests.web.visiting import GOOD, account, cpr, rows


def demand(endpoint: Endpoint, **limits: int) -> None:
    admin = admin_connection(endpoint)
    change = {name: [(MODIFY_REPLACE, [str(limit)])] for name, limit in limits.items()}
    assert admin.modify(DEFAULT_POLICY, change)[1]["result"] == 0
    admin.unbind()


@pytest.fixture
def telling(make_world: Callable[..., World]) -> World:
    """Its directory shows its policy."""
    return make_world(directories=(replace(make_world().settings.directories[0], policy=DEFAULT_POLICY),))


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_rule_that_refused_is_told_as_it_is_now(telling: World, language: str) -> None:
    """The service still believes in the old one, for it reads policies once a minute; the directory does not."""
    telling.log_in(cpr("freja"))
    assert policy_of(telling.get(f"/password?lang={language}").text)["min"] == 12
    demand(telling.endpoint, pwdMinLength=30)
    answer = telling.choose_password(GOOD)
    page = html.unescape(answer.text)
    assert answer.status_code == 422
    assert text(language, "error.pw_too_short", n=30) in page
    assert text(language, "password.rule_min", n=30) in page
    assert policy_of(answer.text)["min"] == 30
    assert rows(telling)[0].reasons == [Refusal.TOO_SHORT]
    assert telling.choose_password(GOOD + " ved en lang å").location == "/done"


def test_a_policy_that_was_read_again_before_the_write_is_told_as_it_is_now(telling: World) -> None:
    """Nothing is sent then: our own look has found it."""
    telling.log_in(cpr("freja"))
    demand(telling.endpoint, pwdMinLength=30)
    telling.app.extensions["resetapp"].directories["people"]._reader.forget_policies()
    answer = telling.choose_password(GOOD)
    assert text("da", "error.pw_too_short", n=30) in html.unescape(answer.text)
    assert policy_of(answer.text)["min"] == 30
    assert rows(telling)[0].sent_at is None


def test_a_limit_that_the_directory_does_not_show_is_not_made_up(world: World) -> None:
    """It finds twenty characters too few although twelve were demanded: "at least 12" would be untrue."""
    world.log_in(cpr("freja"))
    demand(world.endpoint, pwdMinLength=30)
    answer = world.choose_password(GOOD)
    assert text("da", "error.pw_directory_policy") in html.unescape(answer.text)
    assert text("da", "error.pw_too_short", n=12) not in html.unescape(answer.text)
    assert rows(world)[0].reasons == [Refusal.BY_POLICY]


def test_the_receipt_of_several_accounts_tells_the_rule_too(
    make_world: Callable[..., World], certificates: ServerCertificates
) -> None:
    with two_directories(make_world, certificates, policy=DEFAULT_POLICY) as two:
        two.choose(GUEST, STUDENT)
        demand(two.guests, pwdMinLength=30)
        assert two.submit(GOOD).location == "/done"
        assert two.states()[GUEST] == AttemptState.REFUSED
        assert text("da", "error.pw_too_short", n=30) in html.unescape(two.world.get("/done").text)
        assert two.opens(GOOD) == {STUDENT}
        assert binds(two.guests, GUEST, OLD)


def test_the_policy_is_asked_for_once_more_only_when_it_has_refused(telling: World) -> None:
    directory, asked = telling.app.extensions["resetapp"].directories["people"], []
    real = directory.policy_now

    def counted(key: Any) -> DirectoryPolicy:
        asked.append(key)
        policy: DirectoryPolicy = real(key)
        return policy

    object.__setattr__(directory, "policy_now", counted)
    telling.log_in(cpr("freja"))
    telling.choose_password("kort")
    assert telling.choose_password(GOOD).location == "/done"
    assert asked == []
    assert binds(telling.endpoint, account("freja"), GOOD)


# ---- told to the operator


def test_check_config_reads_the_default_policy_and_tells_what_it_leaves_no_room_for(
    keys: Keys, directory: Endpoint, tmp_path: Path
) -> None:
    table = demo_directory_settings(directory.certificates.ca, directory.ldaps_port) | {"policy": DEFAULT_POLICY}
    hub = (PUBLIC_URL, ENTITY_ID, keys.hub_metadata_file)
    path = install(tmp_path, *hub, [table], datetime.now(UTC))
    told = [check for check in check_config(path, lambda: datetime.now(UTC)) if check.name == "lengths"]
    assert told == []
    demand(directory, pwdMaxLength=10)
    [told_now] = [check for check in check_config(path, lambda: datetime.now(UTC)) if check.name == "lengths"]
    assert "[passwords] demands at least 12 characters" in told_now.detail
    assert f'directory "{table["name"]}" allows at most 10: nobody gets a password' in told_now.detail


def test_a_policy_that_cannot_be_read_is_no_policy(world: World) -> None:
    found = world.app.extensions["resetapp"].directories["people"].default_policy()
    assert found == DirectoryPolicy()
