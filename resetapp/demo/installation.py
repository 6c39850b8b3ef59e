"""The demo's installation: what `resetapp init` makes, filled in for the simulator and directories on loopback."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from resetapp.initialise import initialise
from resetapp.mapping.key_files import write_key
from resetapp.saml.metadata import own_metadata
from resetapp.settings import StaffRole, load

_NAME = "Eksempel Universitet"
_ANSWERS = {
    "name_en": "Example University",
    "support_phone": "+45 00 00 00 00",
    "support_email": "support@example.dk",
    "support_hours": "hverdage kl. 8–16",
    "support_hours_en": "weekdays 8 am–4 pm",
    "privacy_contact": "dpo@example.dk",
    "technical_contact": "drift@example.dk",
    "words": ["eksempel", "example"],
    "ticket_share": 75,
    "ticket_price": 150,
    "logins_per_person_per_hour": 1000,  # whoever tries things out is the same few people from one address
    "logins_per_address_per_hour": 10000,
}
_RECORD = {  # invented, like everything here; no CVR number begins with 0
    "authority": _NAME,
    "cvr_number": "01234560",
    "role": "authority",
    "task": "Administration af studerendes og ansattes konti",
    "terms_version": "Demoens egen",
    "risk_assessment": "Demo, sag 0000-0001",
    "controller": f"{_NAME}, Eksempelvej 1, 0000 Eksempel, telefon +45 00 00 00 00, post@example.dk",
    "recipients": ["Ingen: demoen kører på denne maskine alene"],
    "recipients_en": ["Nobody: the demo runs on this machine alone"],
    "rights_contact": "dpo@example.dk",
    "breach_contact": "Vagten, +45 00 00 00 00",
}
_KEY_ID = "demo"
_DAYS = ("general_terms_accepted_on", "nemlogin_terms_accepted_on", "reviewed_on")


def install(
    folder: Path,
    public_url: str,
    hub_url: str,
    hub_metadata: Path,
    directories: Sequence[Mapping[str, object]],
    now: datetime,
    staff: Sequence[StaffRole] = (),
    mail: Mapping[str, object] | None = None,
) -> Path:
    """Writes everything into `folder`, our SAML metadata as sp-metadata.xml too; returns the settings' file.

    With `staff` the console is on; with `mail`, the keys of [mail], the owners of accounts are written to; with both,
    mappings and activation codes are on, too.
    """
    path = initialise(folder, public_url, _NAME, now).settings
    content = path.read_text("utf-8").split("\n[[directory]]\n")[0]
    record = {**_RECORD, **dict.fromkeys(_DAYS, f"{now:%Y-%m-%d}")}
    for key, value in {**_ANSWERS, **record, "hub_entity_id": hub_url, "hub_metadata_file": str(hub_metadata)}.items():
        content = re.sub(rf"(?m)^#?{key} = .*$", f"{key} = {_toml(value)}", content, count=1)
    if staff:
        content = _switched_on(content, "staff")
    if mail:
        content = _filled_in(_switched_on(content, "mail"), "mail", mail)
    tables = [*map(_directory, directories), *map(_role, staff)]
    if staff and mail:
        content = _filled_in(_switched_on(content, "mapping"), "mapping", {"tenant": "example.dk"})
        content = _switched_on(content, "codes")
        tables.append(_mapping_key(folder))
    path.write_text("\n".join([content, *tables]), "utf-8")
    settings = load(path)
    own = own_metadata(settings.wayf, settings.service.public_url, settings.institution)
    (folder / "sp-metadata.xml").write_bytes(own)
    return path


def _switched_on(content: str, section: str) -> str:
    """Many sections have this key: it is changed in the one that is meant."""
    return _filled_in(content, section, {"enabled": True})


def _filled_in(content: str, section: str, values: Mapping[str, object]) -> str:
    """With these keys of [section], which stand there as comments, set. Raises ValueError when one of them does not."""
    before, header, rest = content.partition(f"\n[{section}]\n")
    own, following, after = rest.partition("\n[")
    for key, value in values.items():
        found = re.search(rf"(?m)^#{key} = .*$", own)
        if found is None:
            raise ValueError(f"[{section}] has no {key}")
        own = f"{own[: found.start()]}{key} = {_toml(value)}{own[found.end() :]}"
    return before + header + own + following + after


def _directory(values: Mapping[str, object]) -> str:
    """A [[directory]] table, with the tables below it."""
    lines, tables = ["[[directory]]"], []
    for key, value in values.items():
        if isinstance(value, Mapping):
            tables += [f"[directory.{key}]", *(f"{name} = {_toml(inner)}" for name, inner in value.items())]
        else:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _role(each: StaffRole) -> str:
    values = {"role": each.role, "directory": each.directory, "group": each.group}
    return "\n".join(["[[staff.role]]", *(f"{name} = {_toml(value)}" for name, value in values.items())]) + "\n"


def _mapping_key(folder: Path) -> str:
    """Its table; a fresh key, kept as `resetapp mapping new-key` keeps it."""
    name = f"keys/mapping-{_KEY_ID}"
    write_key(folder / name, secrets.token_bytes(32))
    return f"[[mapping.key]]\nid = {_toml(_KEY_ID)}\nkey_file = {_toml(name)}\n"


def _toml(value: object) -> str:
    """Printable texts, numbers, true and false, and lists of them are written alike in JSON and TOML."""
    return json.dumps(value, ensure_ascii=False)
