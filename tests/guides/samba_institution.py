#!/usr/bin/python3
"""Makes a new domain with an organisational unit for people and one person in it: nothing of ours yet.

    /usr/bin/python3 -I samba_institution.py FOLDER_OF_SAMBA_BUILD ROOT < description.json

For the system's Python, which has python3-samba; as root, or as "root" of a user namespace.
"""

import json
import sys
from typing import Any

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB


def main(builder_folder: str, root: str, description: dict[str, Any]) -> None:
    sys.path.insert(0, builder_folder)
    from samba_build import Builder

    builder = Builder(root, description)
    builder.make()
    parameters = LoadParm()
    parameters.load(builder.config)
    database = SamDB(url=f"{root}/private/sam.ldb", session_info=system_session(), lp=parameters)
    database.add({"dn": f"OU=People,{database.domain_dn()}", "objectClass": "organizationalUnit"})
    names = description["person"]
    database.newuser(
        names["uid"],
        names["userPassword"],
        userou="OU=People",
        givenname=names["givenName"],
        surname=names["sn"],
        mailaddress=names["mail"],
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.load(sys.stdin))
