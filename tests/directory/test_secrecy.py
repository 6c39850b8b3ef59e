"""No password, no CPR number and no text of the library ever shows: not in logs, exceptions, or representations."""

import gc
import logging
import traceback
from collections.abc import Callable

import pytest
from ldap3 import Connection

from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.ldap_endpoint import Endpoint
from resetapp.directory.session import Session
from resetapp.trouble import DirectoryDown
from tests.directory.conftest import Opener, the_account
from tests.directory.population import ELSEWHERE_CPR, cpr_of
from tests.directory.proxy import Fate, between
from tests.directory.test_connections import closed_port

NEW = "Hemmelig-Kanariefugl-77"


def secrets() -> tuple[str, ...]:
    return NEW, seed.SERVICE_PASSWORD, cpr_of("many-secrets").digits, ELSEWHERE_CPR["read-only"].digits


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "ldap3")


def test_a_whole_change_leaves_no_trace(opened: Opener, caplog: pytest.LogCaptureFixture) -> None:
    directory = opened()
    account = the_account(directory, "many-secrets")
    outcome = directory.set_password(account, Secret(NEW))
    told = " ".join([caplog.text, repr(directory), repr(outcome), repr(account), repr(vars(directory))])
    assert not [secret for secret in secrets() if secret in told]


def test_no_failure_tells_anything(opened: Opener, endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    told = [caplog.text]
    [read_only] = opened().find_by_cpr(ELSEWHERE_CPR["read-only"])
    with between(endpoint) as proxy:
        lossy = opened(hosts=(f"ldaps://127.0.0.1:{proxy.port}",), answer_timeout=0.5)
        account = the_account(lossy, "many-secrets")
        proxy.fate = Fate.HELD
        told.append(repr(lossy.set_password(account, Secret(NEW))))
    number = cpr_of("many-secrets")
    failures: list[Callable[[], object]] = [
        lambda: opened().set_password(read_only, Secret(NEW)),
        lambda: lossy.set_password(account, Secret(NEW)),
        lambda: opened(base=f"ou=x,{seed.SUFFIX}").find_by_cpr(number),
        lambda: opened(hosts=(f"ldaps://127.0.0.1:{closed_port()}",)).find_by_cpr(number),
        lambda: opened(ca_file=endpoint.certificates.other_ca).find_by_cpr(number),
        lambda: opened(bind_password=Secret(NEW)).find_by_cpr(number),
    ]
    for failure in failures:
        with pytest.raises(DirectoryDown) as trouble:
            failure()
        assert trouble.value.__cause__ is None
        assert not _of_the_library(trouble.value)
        told += [str(trouble.value), "".join(traceback.format_exception(trouble.value))]
    told.append(caplog.text)
    assert not [secret for secret in secrets() if any(secret in text for text in told)]
    assert "ldap3" not in {record.name.partition(".")[0] for record in caplog.records}


def _of_the_library(error: BaseException | None) -> bool:
    """Even what Python hangs onto an exception by itself: a log of everything would print it."""
    while error is not None:
        if type(error).__module__.startswith("ldap3"):
            return True
        error = error.__context__
    return False


def test_what_is_kept_between_uses_holds_no_password(opened: Opener) -> None:
    """Waiting connections stay for a minute; a dump of the process should not show what went through them."""
    directory = opened()
    account = the_account(directory, "many-secrets")
    directory.set_password(account, Secret(NEW + "-2"))
    sessions = [thing for thing in gc.get_objects() if isinstance(thing, Session) and thing.usable]
    assert sessions
    for session in sessions:
        kept = session._connection
        assert isinstance(kept, Connection)
        assert kept.password is None
        assert NEW not in repr(kept.request)
        assert repr(session) == f"Session({session.host})"
