"""A frozen domain controller answers nobody, and is awake again after the test that froze it, also a failed one."""

import contextlib

import pytest
from ldap3.core.exceptions import LDAPExceptionError

from tests.servers import samba_domain as domain
from tests.servers.fixtures import Somebody
from tests.servers.freezing import freezer
from tests.servers.running import RunningServer

pytestmark = pytest.mark.samba


class TestFailed(Exception):
    """As a test fails in the middle."""

    __test__ = False


def opens(server: RunningServer, username: str) -> bool:
    return server.bind_result(f"{username}@{domain.REALM.lower()}", domain.OLD)["result"] == 0


def test_nothing_is_answered_until_the_thaw(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    waiting = samba_server.client()
    waiting.receive_timeout = 1
    waiting.open()
    with freezer(samba_server) as ice:
        ice.freeze()
        assert len(ice.states()) > 1  # Samba, and the one that lets connections into its network
        assert ice.frozen
        with pytest.raises(LDAPExceptionError):
            waiting.bind()
        ice.thaw()
        assert not ice.frozen
        assert opens(samba_server, samba_somebody())


def test_a_failed_test_leaves_nobody_frozen(samba_server: RunningServer, samba_somebody: Somebody) -> None:
    with contextlib.suppress(TestFailed), freezer(samba_server) as ice:
        ice.freeze()
        raise TestFailed
    assert not ice.frozen
    assert opens(samba_server, samba_somebody())
