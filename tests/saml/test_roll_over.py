"""Keys change on both sides while people log in and out without a pause: nobody may notice."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resetapp.demo.hub_keys import HubKey
from tests.saml.roll_over import Federation, crowd, federation, log_in_and_out, until


@pytest.fixture
def everybody(tmp_path: Path) -> Iterator[Federation]:
    with federation(tmp_path) as found:
        yield found


def test_the_hub_changes_its_key_and_no_login_fails(everybody: Federation) -> None:
    (a,) = everybody.hub.keys
    b = HubKey.create("hub B")
    with crowd(everybody.service) as people:
        people.more()
        everybody.publish(a, b)
        people.more()
        everybody.hub.keys = (b, a)  # it signs with the new one
        people.more()
        everybody.publish(b)
        everybody.hub.keys = (b,)
        people.more()
    assert people.failures == []
    assert people.logins >= 48
    everybody.hub.keys = (a,)
    assert "after the login" in log_in_and_out(everybody.service.url, "freja"), "the old key is believed no more"
    assert everybody.service.logged("reason=signature") == 1


def test_our_keys_change_and_no_login_fails(everybody: Federation) -> None:
    with crowd(everybody.service) as people:
        people.more()
        change_encryption(everybody, people.more)
        change_signing(everybody, people.more)
    assert people.failures == []
    assert people.logins >= 84


def change_encryption(everybody: Federation, more: Callable[[], None]) -> None:
    service = everybody.service
    service.keys("rotate", "encryption")
    more()
    assert "no login has come" in service.command("keys", "retire", "encryption").stderr
    everybody.send_metadata()
    more()
    uses = service.config.parent / "data" / "key-uses.json"
    until(lambda: len(json.loads(uses.read_text())) == 2, "the use of the new key was not noted")
    assert "must have been quiet" in service.command("keys", "retire", "encryption").stderr
    pass_a_day(uses)
    service.keys("retire", "encryption")
    everybody.send_metadata()
    more()


def pass_a_day(uses: Path) -> None:
    """As if all that was noted had happened a day earlier."""
    noted = {
        name: datetime.fromisoformat(at) - timedelta(hours=25) for name, at in json.loads(uses.read_text()).items()
    }
    uses.write_text(json.dumps({name: at.astimezone(UTC).isoformat() for name, at in noted.items()}))


def change_signing(everybody: Federation, more: Callable[[], None]) -> None:
    service = everybody.service
    service.keys("rotate", "signing")
    everybody.send_metadata()
    more()
    assert "does not sign yet" in service.command("keys", "retire", "signing").stderr
    service.keys("switch", "--yes")
    more()
    service.keys("retire", "signing")
    everybody.send_metadata()
    more()
