"""People in the 389 Directory Server of the tests, as an LdapDirectory finds them, and from outside."""

from resetapp.core.accounts import DirectoryAccount
from resetapp.directory import LdapDirectory
from tests.servers import ds389_people as people
from tests.servers.running import RunningServer

NEW = "Rødgrød-med-Fløde-26"
HISTORY_IS_WRITTEN = 0.6  # seconds: this server writes the history after it has answered


def the_account(directory: LdapDirectory, username: str) -> DirectoryAccount:
    [account] = directory.find_by_cpr(people.cpr_of(username))
    return account


def opens(server: RunningServer, username: str, password: str) -> bool:
    return server.bind_result(people.dn_of(username), password)["result"] == 0
