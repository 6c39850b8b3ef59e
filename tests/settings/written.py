"""A folder with a config.toml as a careful operator would leave it, and changes of single lines in it."""

import re
from pathlib import Path

import pytest

from resetapp.assets import example_settings
from resetapp.settings import Fault, SettingsError, load

FILLED_IN = {
    "name_en": '"Example University"',
    "support_phone": '"+45 12 34 56 78"',
    "support_email": '"support@example.dk"',
    "support_hours": '"hverdage kl. 8–16"',
    "support_hours_en": '"weekdays 8 am–4 pm"',
    "privacy_contact": '"dpo@example.dk"',
    "public_url": '"https://adgangskode.example.dk"',
    "secret_key": '"the cookie key that nobody may see 0123456789"',
    "person_key": '"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"',
    "technical_contact": '"drift@example.dk"',
    "hosts": '["ldaps://ldap.example.dk"]',
    "base": '"ou=people,dc=example,dc=dk"',
    "bind_dn": '"cn=pwreset,ou=services,dc=example,dc=dk"',
    "bind_password": '"the bind password that nobody may see"',
}
SECRETS = ("the cookie key that nobody", "000102030405", "the bind password that nobody")
FILES = ("wayf-metadata.xml", "keys/signing.key", "keys/signing.crt", "keys/encryption.key", "keys/encryption.crt")


def with_line(text: str, key: str, value: str | None) -> str:
    """The text with the first line of this key set to a TOML value, or taken out with None."""
    line = "" if value is None else f"{key} = {value}"
    changed, times = re.subn(rf"(?m)^#?{re.escape(key)} = .*$", lambda _: line, text, count=1)
    if not times:
        raise LookupError(key)
    return changed


def filled_in() -> str:
    text = with_line(example_settings().read_text("utf-8"), "name", '"Eksempel Universitet"')
    for key, value in FILLED_IN.items():
        text = with_line(text, key, value)
    return text


def folder_with_files(folder: Path) -> Path:
    """The files that the settings name; their content is looked at by others."""
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch(mode=0o600)
    return folder


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def faults_of(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return caught.value.faults


def only_fault(path: Path) -> Fault:
    faults = faults_of(path)
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]
