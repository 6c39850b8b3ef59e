"""An LdapDirectory on the Active Directory of the tests (Samba), and looking at it from outside."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from resetapp.core.accounts import DirectoryAccount
from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings
from tests.servers import samba_domain as domain
from tests.servers.running import RunningServer

NEW = "Rødgrød-med-Fløde-26"
OpenAd = Callable[..., LdapDirectory]


def settings_for(server: RunningServer, **changes: Any) -> DirectorySettings:
    settings = DirectorySettings(
        name="staff",
        title="Ansatte",
        title_en="Staff",
        kind=DirectoryKind.ACTIVE_DIRECTORY,
        hosts=(server.ldaps,),
        base=server.people,
        bind_dn=server.service_dn,
        bind_password=Secret(server.service_password),
        ca_file=server.certificates.ca,
    )
    return replace(settings, **changes)


def the_account(ad: LdapDirectory, username: str) -> DirectoryAccount:
    [account] = ad.find_by_cpr(domain.cpr_of(username))
    return account


def opens(server: RunningServer, username: str, password: str) -> bool:
    return server.bind_result(f"{username}@{domain.REALM.lower()}", password)["result"] == 0


def refused_login(server: RunningServer, username: str, password: str) -> str:
    return str(server.bind_result(f"{username}@{domain.REALM.lower()}", password)["message"])
