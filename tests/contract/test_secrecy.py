"""No password, no CPR number and no text of the library shows; and nothing of worth goes to a server we do not know."""

import dataclasses
import logging
import traceback
from collections.abc import Callable

import pytest

from resetapp.core.outcomes import OutcomeUnknown
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.trouble import DirectoryDown
from tests.contract.conftest import Open, the_account
from tests.contract.world import World
from tests.directory.proxy import Fate, Proxy, between

NEW, WRONG = "Hemmelig-Kanariefugl-77", "Forkert-Servicekode-88"


def test_another_authority_is_refused(world: World, opened: Open) -> None:
    for scheme in (world.server.ldaps, world.server.ldap):
        directory = opened(hosts=(scheme,), ca_file=world.server.certificates.other_ca)
        with pytest.raises(DirectoryDown, match="tls_untrusted"):
            directory.find_by_cpr(world.who("two-a").cpr)


def test_another_hosts_certificate_is_refused(world: World, opened: Open) -> None:
    """Somebody in the middle, with a certificate that our authority made for another host."""
    certificates = world.server.certificates
    wrong = dataclasses.replace(certificates, server=certificates.wrong_name)
    with between(dataclasses.replace(world.server, certificates=wrong)) as middle:
        directory = opened(hosts=(f"ldaps://127.0.0.1:{middle.port}",))
        with pytest.raises(DirectoryDown, match="tls_wrong_name"):
            directory.find_by_cpr(world.who("two-a").cpr)
        assert middle.binds + middle.service_binds == 0


def test_nothing_tells_a_secret(
    world: World, opened: Open, through: LdapDirectory, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "ldap3")
    person = world.somebody()
    account = the_account(through, person)
    told = [repr(account), repr(through), repr(vars(through)), repr(world.settings())]
    for password in ("Kort-77", NEW):
        told.append(repr(through.set_password(account, Secret(password))))
    proxy.fate = Fate.HELD
    held = through.set_password(through.reread(account.key), Secret(NEW + "-2"))
    assert isinstance(held, OutcomeUnknown)
    told.append(repr(held))
    failures: list[Callable[[], object]] = [
        lambda: opened(hosts=("ldaps://127.0.0.1:1",)).find_by_cpr(person.cpr),
        lambda: opened(bind_password=Secret(WRONG)).find_by_cpr(person.cpr),
        lambda: opened(ca_file=world.server.certificates.other_ca).set_password(account, Secret(NEW)),
    ]
    for failure in failures:
        with pytest.raises(DirectoryDown) as trouble:
            failure()
        assert trouble.value.__cause__ is None
        told += [str(trouble.value), "".join(traceback.format_exception(trouble.value))]
    told.append(caplog.text)
    secrets = (NEW, WRONG, "Kort-77", world.server.service_password, person.cpr.digits, world.old_password)
    assert [secret for secret in secrets if any(secret in text for text in told)] == []
    assert "ldap3" not in {record.name.partition(".")[0] for record in caplog.records}
