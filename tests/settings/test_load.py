"""What loads, and what is refused with which key and remedy."""

from datetime import timedelta
from pathlib import Path

import pytest

from resetapp.core.people import AssuranceLevel
from resetapp.settings import load
from tests.settings.written import faults_of, filled_in, only_fault, with_line, write


def test_a_filled_in_example_loads(folder: Path) -> None:
    settings = load(write(folder, filled_in()))
    assert settings.service.public_url == "https://adgangskode.example.dk"
    assert settings.service.secret_key.reveal().startswith("the cookie key")
    assert settings.service.person_key == bytes(range(32))
    assert settings.wayf.entity_id == "https://adgangskode.example.dk/saml/metadata"
    assert settings.wayf.minimum_level is AssuranceLevel.SUBSTANTIAL
    assert settings.wayf.hub_metadata_file == folder / "wayf-metadata.xml"
    assert settings.database.url == f"sqlite:///{folder}/data/resetapp.db"
    assert settings.visits.absolute == timedelta(minutes=30)
    assert settings.directories[0].protected.minimum_uid_number == 1000


BAD_LINES = [
    # (key in the file, its TOML value or None to leave it out, part of the fault's key, part of its problem)
    ("name_en", '""', "institution.name_en", "is empty"),
    ("name_en", "7", "institution.name_en", "not a text"),
    ("name_en", '"two\\nlines"', "institution.name_en", "line break"),
    ("name_en", f'"{"x" * 301}"', "institution.name_en", "longer than 300"),
    ("name_en", '"CHANGE-ME University"', "institution.name_en", "CHANGE-ME"),
    ("support_hours", None, "institution.support_hours", "is missing"),
    ("support_email", '"support at example.dk"', "institution.support_email", "e-mail"),
    ("support_phone", '"ring!"', "institution.support_phone", "telephone"),
    ("accessibility_url", '"http://www.was.digst.dk/x"', "institution.accessibility_url", "https"),
    ("brand_colour", '"blue"', "institution.brand_colour", "colour"),
    ("brand_colour", '"#1a3d6"', "institution.brand_colour", "colour"),
    ("accent_colour", '"#1a3d6d;}"', "institution.accent_colour", "colour"),
    ("words", '"eksempel"', "institution.words", "not a list"),
    ("words", '["eksempel", ""]', "institution.words", "entry 2"),
    ("log_months", "0", "institution.log_months", "outside 1 to 60"),
    ("log_months", "true", "institution.log_months", "whole number"),
    ("log_months", "1.5", "institution.log_months", "whole number"),
    ("public_url", '"http://adgangskode.example.dk"', "service.public_url", "is http"),
    ("public_url", '"http://localhost.example.dk"', "service.public_url", "is http"),
    ("public_url", '"https://example.dk/reset"', "service.public_url", "path"),
    ("public_url", '"https://example.dk?x"', "service.public_url", "path, query"),
    ("public_url", '"https://user@example.dk"', "service.public_url", "web address"),
    ("public_url", '"https://example.dk:99999"', "service.public_url", "web address"),
    ("public_url", '"https://exa mple.dk"', "service.public_url", "web address"),
    ("public_url", '"ftp://example.dk"', "service.public_url", "web address"),
    ("public_url", '"https://"', "service.public_url", "web address"),
    ("public_url", '"https://[::1"', "service.public_url", "web address"),
    ("secret_key", '"short"', "service.secret_key", "shorter than 32"),
    ("person_key", '"0011"', "service.person_key", "fewer than 32 bytes"),
    ("person_key", f'"{"00" * 32}"', "service.person_key", "not random"),
    ("person_key", '"this is no key at all, is it?"', "service.person_key", "neither hexadecimal nor base64"),
    ("listen_host", '"example.dk"', "service.listen_host", "IP address"),
    ("listen_port", "0", "service.listen_port", "outside"),
    ("trusted_proxies", "0", "service.trusted_proxies", "public_url is https"),
    ("syslog", '"tcp+tls://loghost:6514"', "service.syslog", "syslog"),
    ("syslog", '"udp://loghost:0"', "service.syslog", "syslog"),
    ("log_file", '"/no/such/folder/log"', "service.log_file", "folder"),
    ("url", '"mysql://localhost/resetapp"', "database.url", "no database"),
    ("url", '"sqlite://"', "database.url", "no database"),
    ("url", '"sqlite:///:memory:"', "database.url", "no SQLite file"),
    ("url", '"postgresql+psycopg://db.example.dk"', "database.url", "not complete"),
    ("url", '"postgresql+psycopg://me:p@ss@db.example.dk/resetapp"', "database.url", "not complete"),
    ("url", '"postgresql+psycopg://me:pass@db:port/resetapp"', "database.url", "not complete"),
    ("entity_id", '"resetapp"', "wayf.entity_id", "URI"),
    ("hub_metadata_file", '"elsewhere.xml"', "wayf.hub_metadata_file", "names no file"),
    ("hub_metadata_file", '""', "wayf.hub_metadata_file", "both empty"),
    ("hub_metadata_url", '"http://metadata.example.dk/feed"', "wayf.hub_metadata_url", "is http"),
    ("hub_metadata_url", '"https://metadata.example.dk/feed#hub"', "wayf.hub_metadata_url", "fragment"),
    ("hub_metadata_url", '"https://me@metadata.example.dk/"', "wayf.hub_metadata_url", "web address"),
    ("hub_metadata_url", '"file:///etc/passwd"', "wayf.hub_metadata_url", "web address"),
    ("hub_metadata_certificate_files", '["no.pem"]', "wayf.hub_metadata_certificate_files", "names no file"),
    ("hub_metadata_refresh_minutes", "4", "wayf.hub_metadata_refresh_minutes", "outside 5 to 1440"),
    ("hub_metadata_longest_days", "367", "wayf.hub_metadata_longest_days", "outside 1 to 366"),
    ("key_file", '"keys"', "wayf.signing.key_file", "names no file"),
    ("key_file", '"keys/encryption.key"', "wayf.encryption", "names the signing key"),
    ("scoping", "[]", "wayf.scoping", "is empty"),
    ("authorities", '["nemlogin"]', "wayf.authorities", "URI (entry 1)"),
    ("minimum_level", '"High"', "wayf.minimum_level", "WAYF never gives"),
    ("minimum_level", '"Low"', "wayf.minimum_level", "may set a password"),
    ("allow_cbc", '"no"', "wayf.allow_cbc", "true or false"),
    ("clock_skew_seconds", "181", "wayf.clock_skew_seconds", "outside"),
    ("request_lifetime_minutes", "0", "wayf.request_lifetime_minutes", "outside"),
    ("idle_minutes", "31", "visits.idle_minutes", "outside 1 to 30"),
    ("absolute_minutes", "481", "visits.absolute_minutes", "outside 5 to 480"),
    ("absolute_minutes", "5", "visits.idle_minutes", "longer than absolute_minutes"),
    ("minimum_length", "7", "passwords.minimum_length", "outside 8"),
    ("maximum_length", "63", "passwords.maximum_length", "outside 64"),
    ("only_factor", "true", "passwords.minimum_length", "only_factor"),
    ("sets_per_account_per_day", "0", "limits.sets_per_account_per_day", "outside 1"),
    ("title", "[]", "directory[people].title", "not a text"),
    ("kind", '"novell"', "directory[people].kind", "known words"),
    ("hosts", "[]", "directory[people].hosts", "is empty"),
    ("hosts", '["http://ldap.example.dk"]', "directory[people].hosts", "LDAP server (entry 1)"),
    ("hosts", '["ldaps://a.dk", "ldaps://b.dk/dc=x"]', "directory[people].hosts", "LDAP server (entry 2)"),
    ("hosts", '["ldaps://a.dk:70000"]', "directory[people].hosts", "LDAP server"),
    ("hosts", '["ldaps://user@a.dk"]', "directory[people].hosts", "LDAP server"),
    ("base", '"example.dk"', "directory[people].base", "distinguished name"),
    ("bind_dn", '"cn=a, b"', "directory[people].bind_dn", "distinguished name"),
    ("bind_password", '""', "directory[people].bind_password", "is empty"),
    ("ca_file", '"ca.pem"', "mail.ca_file", "names no file"),
    ("cpr_attribute", '"uid)(cn=*"', "directory[people].cpr_attribute", "LDAP attribute"),
    ("cpr_values", '["{number}"]', "directory[people].cpr_values", "where the number stands"),
    ("cpr_values", '["{cpr}{cpr-}"]', "directory[people].cpr_values", "where the number stands"),
    ("cpr_values", '["{x}{cpr}"]', "directory[people].cpr_values", "other braces"),
    ("disabled_attribute", '"employeeType"', "directory[people].disabled_values", "belong together"),
    ("connect_timeout_seconds", "0", "directory[people].connect_timeout_seconds", "outside"),
    ("connect_timeout_seconds", "nan", "directory[people].connect_timeout_seconds", "outside"),
    ("answer_timeout_seconds", '"5"', "directory[people].answer_timeout_seconds", "number of seconds"),
    ("groups", '["admins"]', "directory[people].protected.groups", "distinguished name"),
    ("minimum_uid_number", "-1", "directory[people].protected.minimum_uid_number", "outside"),
]


@pytest.mark.parametrize(("key", "value", "blamed", "problem"), BAD_LINES)
def test_a_bad_value_is_told_once_with_its_remedy(
    folder: Path, key: str, value: str | None, blamed: str, problem: str
) -> None:
    fault = only_fault(write(folder, with_line(filled_in(), key, value)))
    assert fault.key == blamed
    assert problem in fault.problem
    assert fault.remedy


def test_all_faults_are_told_at_once(folder: Path) -> None:
    text = with_line(with_line(filled_in(), "minimum_length", "3"), "hosts", '["ldap.example.dk"]')
    text = with_line(text, "brand_colour", '"red"')
    keys = {fault.key for fault in faults_of(write(folder, text))}
    assert keys == {"passwords.minimum_length", "directory[people].hosts", "institution.brand_colour"}


def test_an_empty_file_names_every_key_that_must_be_there(folder: Path) -> None:
    keys = {fault.key for fault in faults_of(write(folder, ""))}
    assert {"institution.name", "service.secret_key", "database.url", "wayf.signing.key_file", "directory"} <= keys


def test_an_unknown_key_is_refused_with_the_one_that_was_meant(folder: Path) -> None:
    text = filled_in().replace("#idle_minutes", "idle_minuts", 1)
    fault = only_fault(write(folder, text))
    assert fault.key == "visits.idle_minuts"
    assert fault.remedy == 'Did you mean "idle_minutes"?'


def test_an_unknown_table_is_refused(folder: Path) -> None:
    fault = only_fault(write(folder, filled_in().replace("[limits]", "[limit]")))
    assert (fault.key, fault.remedy) == ("limit", 'Did you mean "limits"?')


def test_a_table_written_as_a_value_is_refused(folder: Path) -> None:
    fault = only_fault(write(folder, "limits = 7\n" + filled_in().replace("[limits]", "")))
    assert (fault.key, fault.problem) == ("limits", "is not a table")


def test_an_entry_that_is_no_table_is_refused(folder: Path) -> None:
    text = filled_in().split("\n[[directory]]\n")[0]
    fault = only_fault(write(folder, "directory = [7]\n" + text))
    assert (fault.key, fault.problem) == ("directory[1]", "is not a table")


def test_there_must_be_a_directory(folder: Path) -> None:
    fault = only_fault(write(folder, filled_in().split("\n[[directory]]\n")[0]))
    assert (fault.key, fault.problem) == ("directory", "is missing")


def test_two_directories_of_one_name_are_refused(folder: Path) -> None:
    directory = filled_in().split("\n[[directory]]\n")[1]
    fault = only_fault(write(folder, filled_in() + "\n[[directory]]\n" + directory))
    assert fault.key == "directory"
    assert '"people"' in fault.problem


def test_two_directories_are_read_in_their_order(folder: Path) -> None:
    directory = with_line(filled_in().split("\n[[directory]]\n")[1], "name", '"students"')
    settings = load(write(folder, filled_in() + "\n[[directory]]\n" + directory))
    assert [found.name for found in settings.directories] == ["people", "students"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_http_is_accepted_for_this_machine_alone(folder: Path, host: str) -> None:
    text = with_line(filled_in(), "public_url", f'"http://{host}:8000"')
    settings = load(write(folder, with_line(text, "trusted_proxies", "0")))
    assert settings.service.public_url == f"http://{host}:8000"
    assert not settings.service.secure


def test_the_public_url_is_kept_without_a_slash_and_in_lower_case(folder: Path) -> None:
    settings = load(write(folder, with_line(filled_in(), "public_url", '"https://Reset.Example.dk/"')))
    assert settings.service.public_url == "https://reset.example.dk"


@pytest.mark.parametrize("written", ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", bytes(range(32)).hex().upper()])
def test_the_person_key_is_hexadecimal_or_base64(folder: Path, written: str) -> None:
    assert load(write(folder, with_line(filled_in(), "person_key", f'"{written}"'))).service.person_key == bytes(
        range(32)
    )


@pytest.mark.parametrize("name", ["cn=a\\, b,dc=dk", "uid=x+cn=y,o=Eksempel Universitet", "2.5.4.3=x , dc=dk"])
def test_unusual_distinguished_names_are_accepted(folder: Path, name: str) -> None:
    assert load(write(folder, with_line(filled_in(), "base", f"'{name}'"))).directories[0].base == name


# --- the file itself


def test_a_missing_file_is_one_clear_fault(tmp_path: Path) -> None:
    fault = only_fault(tmp_path / "none.toml")
    assert fault.key.endswith("none.toml")
    assert "resetapp init" in fault.remedy


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    assert "cannot be read" in only_fault(tmp_path).problem


def test_broken_toml_is_told_with_line_and_column_and_without_its_content(tmp_path: Path) -> None:
    fault = only_fault(write(tmp_path, 'a = 1\nsecret_key = "hunter2\n'))
    assert fault.problem == "is not valid TOML at line 2, column 22"
    assert "hunter2" not in repr(fault)


def test_an_open_bracket_is_told_at_the_end(tmp_path: Path) -> None:
    assert only_fault(write(tmp_path, "a = [")).problem == "is not valid TOML at end of document"


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"name = '\xe6'")
    assert "UTF-8" in only_fault(path).problem


def test_metadata_from_an_address_needs_a_pinned_certificate_and_no_file(folder: Path) -> None:
    address = with_line(filled_in(), "hub_metadata_url", '"https://metadata.example.dk/feed"')
    faults = faults_of(write(folder, address))
    assert [(fault.key, "both say" in fault.problem) for fault in faults] == [
        ("wayf.hub_metadata_file", True),
        ("wayf.hub_metadata_certificate_files", False),
    ]
    alone = with_line(address, "hub_metadata_file", '""')
    assert "could become anybody" in only_fault(write(folder, alone)).problem
    (folder / "signer.pem").touch()
    pinned = with_line(alone, "hub_metadata_certificate_files", '["signer.pem"]')
    wayf = load(write(folder, pinned)).wayf
    assert (wayf.hub_metadata_file, wayf.state_folder) == (None, folder / "data")
    assert wayf.hub_metadata_certificate_files == (folder / "signer.pem",)


def test_a_signing_key_never_decrypts_even_as_the_next_one(folder: Path) -> None:
    table = '[[wayf.also_signing]]\nkey_file = "keys/encryption.key"\ncertificate_file = "keys/encryption.crt"\n\n'
    text = filled_in().replace("[[wayf.encryption]]\n", f"{table}[[wayf.encryption]]\n")
    assert only_fault(write(folder, text)).key == "wayf.encryption"
