"""People in the Active Directory of the tests (Samba), as an LdapDirectory finds them, and from outside."""

from resetapp.core.accounts import DirectoryAccount
from resetapp.directory import LdapDirectory
from tests.servers import samba_domain as domain
from tests.servers.running import RunningServer

NEW = "Rødgrød-med-Fløde-26"


def the_account(ad: LdapDirectory, username: str) -> DirectoryAccount:
    [account] = ad.find_by_cpr(domain.cpr_of(username))
    return account


def opens(server: RunningServer, username: str, password: str) -> bool:
    return server.bind_result(f"{username}@{domain.REALM.lower()}", password)["result"] == 0


def refused_login(server: RunningServer, username: str, password: str) -> str:
    return str(server.bind_result(f"{username}@{domain.REALM.lower()}", password)["message"])
