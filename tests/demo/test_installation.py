"""The demo's settings: what is switched on, and nothing beside it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings, staff_directory_settings
from resetapp.demo.ldap_seed import CONSOLE_ROLES
from resetapp.settings import Encryption, Mail, Settings, StaffRole, load

MAIL = {"host": "127.0.0.1", "port": 4650, "encryption": "tls", "from_address": "adgangskode@example.dk"}


def installed(
    folder: Path, staff: tuple[StaffRole, ...] = (), mail: dict[str, object] | None = None, **more: object
) -> Settings:
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    metadata = folder / "hub" / "hub-metadata.xml"
    tables = [demo_directory_settings(metadata, 9), staff_directory_settings(metadata, 9)]
    arguments = (hub.entity_id, metadata, tables, datetime.now(UTC), staff)
    return load(install(folder, "http://localhost:8000", *arguments, mail and mail | more))


def switched_on(settings: Settings) -> set[str]:
    names = ("staff", "mail", "sms", "webhook", "codes", "mapping")
    return {name for name in names if getattr(settings, name).enabled}


def test_nothing_is_on_that_was_not_asked_for(tmp_path: Path) -> None:
    assert switched_on(installed(tmp_path)) == set()


@pytest.mark.parametrize("staff", [(), CONSOLE_ROLES])
def test_mail_is_on_alone_or_beside_the_console(staff: tuple[StaffRole, ...], tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("PEM")
    settings = installed(tmp_path, staff, MAIL, ca_file=str(ca_file))
    assert switched_on(settings) == {"mail", *(["staff", "mapping", "codes"] if staff else [])}
    assert settings.mail == Mail(
        enabled=True,
        host="127.0.0.1",
        port=4650,
        encryption=Encryption.TLS,
        ca_file=ca_file,
        from_address="adgangskode@example.dk",
    )
    assert [directory.ca_file for directory in settings.directories] != [ca_file, ca_file]
    assert [directory.mail_attribute for directory in settings.directories] == ["mail", "mail"]


def test_the_console_is_on_alone(tmp_path: Path) -> None:
    assert switched_on(installed(tmp_path, CONSOLE_ROLES)) == {"staff"}


def test_a_key_that_the_section_has_not_is_a_fault_and_not_another_sections(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[mail\] has no sender_field"):  # of [sms]
        installed(tmp_path, (), MAIL, sender_field="x")
