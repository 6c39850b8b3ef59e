#!/usr/bin/python3
"""Builds the domain that `samba_domain.py` describes, as an archive that can be unpacked anywhere.

    /usr/bin/python3 -I samba_build.py OUT.tar.gz < description.json

For the system's Python, which has python3-samba; as root, or as "root" of a user namespace.
"""

import json
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
from typing import Any

from ldb import FLAG_MOD_REPLACE, Dn, Message, MessageElement
from samba.auth import system_session
from samba.dcerpc.security import dom_sid
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.provision import FILL_FULL, provision
from samba.samdb import SamDB

Description = dict[str, Any]

USER = "bf967aba-0de6-11d0-a285-00aa003049e2"  # the class to which a delegated right applies
RESET_PASSWORD = "00299570-246d-11d0-a768-00aa006e0529"
LOCKOUT_TIME = "28630ebf-41d5-11d1-a9c1-0000f80367c1"
PWD_LAST_SET = "bf967a0a-0de6-11d0-a285-00aa003049e2"
EMPLOYEE_NUMBER = "a8df73ef-c5ea-11d1-bbcb-0080c76670c0"
INDEXED_AND_CONFIDENTIAL = "129"  # MS-ADTS, section 2.2.9
HALF_HOUR = str(-30 * 60 * 10**7)
NORMAL_ACCOUNT, WORKSTATION = 0x200, 0x1000


class Builder:
    """One domain, in one folder."""

    def __init__(self, root: str, description: Description) -> None:
        self.root, self.all = root, description
        self.config = f"{root}/etc/smb.conf"

    def make(self) -> None:
        for name in ("etc", "run", "log"):
            os.makedirs(f"{self.root}/{name}")
        empty = f"{self.root}/empty.conf"  # not Debian's smb.conf, which describes a member server
        open(empty, "w").close()
        parameters = LoadParm()
        parameters.load(empty)
        for name, value in self._parameters().items():
            parameters.set(name, value)
        provision(
            logging.getLogger("provision"),
            system_session(),
            smbconf=self.config,
            targetdir=self.root,
            samdb_fill=FILL_FULL,
            realm=self.all["realm"],
            domain=self.all["domain"],
            hostname="dc1",
            hostip="127.0.0.1",
            serverrole="active directory domain controller",
            adminpass=self.all["admin_password"],
            dns_backend="NONE",
            use_rfc2307=True,
            dom_for_fun_level=4,
            lp=parameters,
            skip_sysvolacl=True,  # a user namespace has one user: ACLs of files cannot be set
            useeadb=True,
            batch_mode=True,
        )

    def _parameters(self) -> dict[str, str]:
        return {
            "interfaces": "lo",
            "bind interfaces only": "yes",
            "server services": "ldap, cldap, kdc, rpc",
            "pid directory": f"{self.root}/run",
            "ncalrpc dir": f"{self.root}/run/ncalrpc",
            "tls certfile": f"{self.root}/tls/server.pem",
            "tls keyfile": f"{self.root}/tls/server.key",
            "tls cafile": f"{self.root}/tls/ca.pem",
            "posix:eadb": f"{self.root}/eadb.tdb",
            "usershare path": "",
            "log file": f"{self.root}/log/%m.log",
        }

    def fill(self) -> None:
        parameters = LoadParm()
        parameters.load(self.config)
        parameters.set("dsdb:schema update allowed", "yes")
        url = f"{self.root}/private/sam.ldb"
        self.db = SamDB(url=url, session_info=system_session(), lp=parameters)
        self.suffix = str(self.db.domain_dn())
        self._set_policy()
        self.db.transaction_start()
        for dn in self.all["containers"]:
            self.db.add({"dn": dn, "objectClass": "organizationalUnit"})
        for name in (self.all["service"], self.all["wide_service"]):
            self.db.newuser(name, self.all["service_password"], userou="OU=Services")
            self.db.setexpiry(f"(sAMAccountName={name})", 0, no_expiry_req=True)
        self._add_groups()
        for person in self.all["people"]:
            self._add_person(person)
        self._add_computer(**self.all["computer"])
        for username, number in self.all["numbers"].items():
            self.replace(self.named(username), employeeNumber=number)
        self.replace(f"CN=Employee-Number,{self.db.get_schema_basedn()}", searchFlags=INDEXED_AND_CONFIDENTIAL)
        self.db.transaction_commit()
        self.db.set_schema_update_now()

    def replace(self, dn: str, **values: str) -> None:
        message = Message(Dn(self.db, dn))
        for name, value in values.items():
            message[name] = MessageElement(value, FLAG_MOD_REPLACE, name)
        self.db.modify(message)

    def named(self, username: str) -> str:
        return str(self.db.search(self.suffix, expression=f"(sAMAccountName={username})", attrs=["dn"])[0].dn)

    def _set_policy(self) -> None:
        self.replace(
            self.suffix,
            minPwdLength=str(self.all["minimum_length"]),
            minPwdAge="0",
            maxPwdAge="0",  # never: the archive may be kept for months
            pwdHistoryLength=str(self.all["history"]),
            pwdProperties="1",  # complexity
            lockoutThreshold=str(self.all["lockout_threshold"]),
            lockoutDuration=HALF_HOUR,
            lockOutObservationWindow=HALF_HOUR,
        )

    def _add_groups(self) -> None:
        for name in self.all["groups"]:
            self.db.add({"dn": f"CN={name},{self.all['groups_in']}", "objectClass": "group", "sAMAccountName": name})
        for name, members in self.all["groups"].items():
            if members:
                self.db.add_remove_group_members(name, list(members))
        self.db.add_remove_group_members("Domain Admins", [self.all["into_domain_admins"]])

    def _add_person(self, person: Description) -> None:
        username = person["username"]
        dn = Dn(self.db, self.all["people_in"])
        dn.add_child("CN=x")
        dn.set_component(0, "CN", person["name"])
        attributes = {name: value for name, value in person["attributes"].items() if name != "accountExpires"}
        entry = {
            "dn": dn,
            "objectClass": "user",
            "sAMAccountName": username,
            "userPrincipalName": f"{username}@{self.all['realm'].lower()}",
            "employeeNumber": person["cpr"],
            **attributes,
        }
        self.db.add(entry)
        if person["password"]:
            self.db.setpassword(f"(sAMAccountName={username})", person["password"], person["must_change"])
        later = {"userAccountControl": str(NORMAL_ACCOUNT | person["flags"])}
        if ends := person["attributes"].get("accountExpires"):
            later["accountExpires"] = ends
        self.replace(str(dn), **later)
        for group in person["groups"]:
            self.db.add_remove_group_members(group, [username])
        if person["primary_group"]:
            self.replace(str(dn), primaryGroupID=str(person["primary_group"]))

    def _add_computer(self, username: str, cpr: str) -> None:
        self.db.add(
            {
                "dn": f"CN={username.rstrip('$')},{self.all['people_in']}",
                "objectClass": "computer",
                "sAMAccountName": username,
                "userAccountControl": str(WORKSTATION),
                "employeeNumber": cpr,
            }
        )

    # ---- rights and policies, with the commands that an administrator uses

    def delegate(self) -> None:
        """Reset a password, lift a lock, read the CPR number, and never write it: among the people.

        The wide account stands for a careless set-up: it has the same rights over everybody in the domain.
        """
        self._grant(self.all["people_in"], self.sid(self.all["service"]))
        self._grant(self.suffix, self.sid(self.all["wide_service"]))
        container = f"CN=Password Settings Container,CN=System,{self.suffix}"
        for name in (self.all["service"], self.all["wide_service"]):
            self._set_rights(container, "allow", f"(A;CI;GR;;;{self.sid(name)})")

    def sid(self, username: str) -> str:
        found = self.db.search(self.suffix, expression=f"(sAMAccountName={username})", attrs=["objectSid"])
        return str(ndr_unpack(dom_sid, found[0]["objectSid"][0]))

    def _grant(self, dn: str, sid: str) -> None:
        def rule(kind: str, rights: str, what: str) -> str:
            return f"({kind};CIIO;{rights};{what};{USER};{sid})"

        allowed = (
            rule("OA", "CR", RESET_PASSWORD)
            + rule("OA", "RPWP", LOCKOUT_TIME)
            + rule("OA", "RPWP", PWD_LAST_SET)
            + rule("OA", "RPCR", EMPLOYEE_NUMBER)
        )
        self._set_rights(dn, "allow", allowed)
        # on Samba, control access to an attribute is also the right to write it
        self._set_rights(dn, "deny", rule("OD", "WP", EMPLOYEE_NUMBER))

    def _set_rights(self, dn: str, action: str, sddl: str) -> None:
        self._samba_tool("dsacl", "set", f"--objectdn={dn}", f"--action={action}", f"--sddl={sddl}")

    def set_policies(self) -> None:
        """pso-service: nobody can lock the service account with wrong passwords."""
        settings = ("domain", "passwordsettings", "pso")
        self._samba_tool(*settings, "create", "pso-service", "1", "--account-lockout-threshold=0")
        for name in (self.all["service"], self.all["wide_service"]):
            self._samba_tool(*settings, "apply", "pso-service", name)
        long = f"--min-pwd-length={self.all['long_minimum']}"
        self._samba_tool(*settings, "create", "pso-long", "10", long, "--complexity=on", "--history-length=7")
        for person in self.all["people"]:
            if person["settings_object"]:
                self._samba_tool(*settings, "apply", person["settings_object"], person["username"])

    def _samba_tool(self, *arguments: str) -> None:
        where = ["-H", f"{self.root}/private/sam.ldb", "-s", self.config]
        subprocess.run(["samba-tool", *arguments, *where], check=True, stdout=subprocess.DEVNULL)

    def pack(self, out: str) -> None:
        with open(self.config) as file:
            text = file.read().replace(self.root, "@ROOT@")
        # provision() drops this one: without it the previous password opens the account for another hour
        text = text.replace("[global]", "[global]\n\told password allowed period = 0", 1)
        with open(self.config, "w") as file:
            file.write(text)
        partial = f"{out}.{os.getpid()}"
        with tarfile.open(partial, "w:gz", compresslevel=1) as archive:
            archive.add(self.root, "dc", filter=lambda item: None if item.name.startswith("dc/run/") else item)
        os.replace(partial, out)


def main(out: str) -> None:
    description = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="resetapp-samba-") as folder:
        builder = Builder(f"{folder}/dc", description)
        builder.make()
        builder.fill()
        builder.delegate()
        builder.set_policies()
        builder.pack(out)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
