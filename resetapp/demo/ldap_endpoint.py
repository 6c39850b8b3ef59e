"""Where a directory of the demo or the tests answers, and the settings with which resetapp uses it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resetapp.demo import domain_people as staff
from resetapp.demo import ldap_seed as seed
from resetapp.demo.certificates import ServerCertificates

ADMIN_DN = f"cn=admin,{seed.SUFFIX}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A directory that answers on 127.0.0.1 and localhost."""

    ldap_port: int  # StartTLS
    ldaps_port: int
    certificates: ServerCertificates
    admin_password: str = field(default="", repr=False)  # of ADMIN_DN, who may do everything; "" = nobody may

    @property
    def ldaps(self) -> str:
        return f"ldaps://127.0.0.1:{self.ldaps_port}"

    @property
    def ldap(self) -> str:
        return f"ldap://127.0.0.1:{self.ldap_port}"


def demo_directory_settings(ca_file: Path, ldaps_port: int) -> dict[str, Any]:
    """A [[directory]] table of config.toml for the demo's first directory, keys as in config.example.toml."""
    return {
        "name": "people",
        "title": "Campus",
        "title_en": "Campus",
        "kind": "openldap",
        "hosts": [f"ldaps://127.0.0.1:{ldaps_port}"],
        "base": seed.PEOPLE,
        "bind_dn": seed.SERVICE_DN,
        "bind_password": seed.SERVICE_PASSWORD,
        "ca_file": str(ca_file),
        "cpr_attribute": "norEduPersonNIN",
        "kind_attribute": "title",
        "protected": {"groups": [seed.ADMINISTRATORS], "usernames": ["admin-*"]},
    }


def staff_directory_settings(ca_file: Path, ldaps_port: int) -> dict[str, Any]:
    """The same for the second directory, which is like Active Directory."""
    return {
        "name": "staff",
        "title": "Medarbejdere (AD)",
        "title_en": "Staff (AD)",
        "kind": "active-directory",
        "hosts": [f"ldaps://127.0.0.1:{ldaps_port}"],
        "base": staff.DELEGATION.people,
        "bind_dn": staff.DELEGATION.service,
        "bind_password": staff.SERVICE_PASSWORD,
        "ca_file": str(ca_file),
        "kind_attribute": "title",
        "unlock": True,
        "activation": {
            "attribute": "employeeType",
            "waiting": [staff.NEWCOMER],
            "active": staff.EMPLOYED,
            "enable": True,
        },
        "protected": {"usernames": ["admin-*"], "canary": staff.STAFF.administrator},
    }
