"""Who is in a directory before its administrator opens our guide: one ordinary person and one administrator."""

from resetapp.core.cpr import CprNumber

SUFFIX = "dc=example,dc=dk"
PEOPLE = f"ou=people,{SUFFIX}"
ANNA = f"uid=anna,{PEOPLE}"
OLD, NEW, NEWER, NEWEST = "Gammel-Regnjakke-48", "Rødgrød-med-Fløde-26", "Endnu-et-nyt-ord-48", "Det-sidste-nye-48"
LAST = "Nu-ikke-flere-ord-48"
ANNAS_NUMBER = CprNumber.parse("6101901234")


def person(username: str) -> dict[str, str]:
    """The attributes of an inetOrgPerson."""
    name = username.title()
    names = {"uid": username, "cn": f"{name} Prøve", "givenName": name, "sn": "Prøve"}
    return names | {"mail": f"{username}@example.dk", "userPassword": OLD}
