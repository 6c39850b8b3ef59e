"""`resetapp keys`: a change of keys step by step, on the settings' file of an installation."""

import os
import re
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from lxml import etree

from resetapp.cli import main
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.saml.keys import fingerprint, public_name, read_certificate, read_key_pair
from resetapp.saml.state_folder import keep_words
from resetapp.settings import KeyPair, load

DS = "{http://www.w3.org/2000/09/xmldsig#}"
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: its keys take a second or two."""
    folder = tmp_path_factory.mktemp("template")
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    hub_metadata = folder / "hub" / "hub-metadata.xml"
    directory = demo_directory_settings(ca_file=hub_metadata, ldaps_port=9)
    install(folder, "http://localhost:8000", hub.entity_id, hub_metadata, [directory], datetime.now(UTC))
    return folder


@pytest.fixture
def config(template: Path, tmp_path: Path) -> Path:
    """A copy for each test."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "config.toml"
    path.write_text(path.read_text("utf-8").replace(str(template), str(tmp_path)), "utf-8")
    return path


def run(config: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["--config", str(config), *arguments], input=answer)


def done(config: Path, *arguments: str) -> str:
    result = run(config, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(config: Path, *arguments: str) -> str:
    before, files = config.read_bytes(), key_files(config)
    result = run(config, *arguments)
    assert result.exit_code == 1
    assert "→" in result.output
    assert "Traceback" not in result.output
    assert (config.read_bytes(), key_files(config)) == (before, files)
    return result.output


def key_files(config: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (config.parent / "keys").iterdir()}


def published(config: Path, use: str) -> list[str]:
    """The certificates in our metadata, in its order."""
    root = etree.fromstring(done(config, "metadata").encode())
    return [
        node.findtext(f".//{DS}X509Certificate") for node in root.iter(f"{MD}KeyDescriptor") if node.get("use") == use
    ]


def names(pairs: tuple[KeyPair, ...]) -> list[str]:
    return [pair.key_file.name for pair in pairs]


def note_uses(config: Path, **hours_ago: float) -> None:
    """What running workers write: when each key of these names opened a message."""
    keys = {name: read_key_pair(KeyPair(*pair_of(config, name)))[0].public_key() for name in hours_ago}
    words = {
        public_name(keys[name]): (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        for name, hours in hours_ago.items()
    }
    keep_words(config.parent / "data" / "key-uses.json", words)


def pair_of(config: Path, name: str) -> tuple[Path, Path]:
    stem = config.parent / "keys" / name.replace("_", "-")
    return stem.with_suffix(".key"), stem.with_suffix(".crt")


def test_a_new_encryption_key_is_published_first_and_both_are_read(config: Path) -> None:
    before, old = key_files(config), published(config, "encryption")
    said = done(config, "keys", "rotate", "encryption")
    wayf = load(config).wayf
    assert names(wayf.encryption) == ["encryption-2.key", "encryption.key"]
    assert stat.S_IMODE(wayf.encryption[0].key_file.stat().st_mode) == 0o600
    assert published(config, "encryption")[1:] == old
    assert key_files(config).items() > before.items()
    assert fingerprint(read_certificate(wayf.encryption[0].certificate_file)) in said
    assert re.findall(r"(?m)^  (\d)\.", said) == ["1", "2", "3", "4"]
    assert said.index("Wait ten seconds") < said.index("send it to WAYF") < said.index("keys retire encryption")


def test_nothing_but_the_tables_of_keys_is_changed(config: Path) -> None:
    before = config.read_text("utf-8")
    mode = stat.S_IMODE(config.stat().st_mode)
    done(config, "keys", "rotate", "encryption")
    done(config, "keys", "rotate", "signing")
    after = config.read_text("utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert added == [
        "[[wayf.also_signing]]",
        'key_file = "keys/signing-2.key"',
        'certificate_file = "keys/signing-2.crt"',
        'key_file = "keys/encryption-2.key"',
        'certificate_file = "keys/encryption-2.crt"',
    ]
    assert all(line in after.splitlines() for line in before.splitlines())
    assert stat.S_IMODE(config.stat().st_mode) == mode
    assert [path.name for path in config.parent.iterdir() if path.name.startswith(".")] == []


def test_a_second_change_waits_for_the_first(config: Path) -> None:
    for use in ("encryption", "signing"):
        done(config, "keys", "rotate", use)
        assert "under way already" in refused(config, "keys", "rotate", use)


def test_no_file_is_ever_overwritten(config: Path) -> None:
    keys = config.parent / "keys"
    (keys / "encryption-2.key").write_text("precious")
    (keys / "encryption-3.crt").symlink_to(keys / "nowhere")
    done(config, "keys", "rotate", "encryption")
    assert (keys / "encryption-2.key").read_text() == "precious"
    assert names(load(config).wayf.encryption) == ["encryption-4.key", "encryption.key"]


def test_the_old_encryption_key_stays_until_wayf_has_shown_that_it_uses_the_new_one(config: Path) -> None:
    assert "only one encryption key" in refused(config, "keys", "retire", "encryption")
    done(config, "keys", "rotate", "encryption")
    for uses in ({}, {"encryption": 48.0}):
        note_uses(config, **uses)
        assert "WAYF still uses the old one" in refused(config, "keys", "retire", "encryption")
    note_uses(config, encryption_2=1, encryption=23.9)
    assert "must have been quiet for 24 hours" in refused(config, "keys", "retire", "encryption")
    assert "Not yet safe" in done(config, "keys", "list")
    note_uses(config, encryption_2=1, encryption=24.1)
    assert "Next: resetapp keys retire encryption" in done(config, "keys", "list")
    said = done(config, "keys", "retire", "encryption")
    assert names(load(config).wayf.encryption) == ["encryption-2.key"]
    assert "encryption.key" in key_files(config), "its files stay"
    assert said.index("keys/encryption.key") < said.index("send it to WAYF")


def test_force_retires_it_all_the_same(config: Path) -> None:
    done(config, "keys", "rotate", "encryption")
    done(config, "keys", "retire", "encryption", "--force")
    assert names(load(config).wayf.encryption) == ["encryption-2.key"]


def test_a_signing_key_is_published_then_signs_and_then_replaces_the_old_one(config: Path) -> None:
    (old,) = published(config, "signing")
    assert "keys rotate signing" in refused(config, "keys", "switch", "--yes")
    said = done(config, "keys", "rotate", "signing")
    assert said.index("send it to WAYF") < said.index("keys switch")
    assert names((load(config).wayf.signing, *load(config).wayf.also_signing)) == ["signing.key", "signing-2.key"]
    assert published(config, "signing")[0] == old
    assert "does not sign yet" in refused(config, "keys", "retire", "signing")
    done(config, "keys", "switch", "--yes")
    assert names((load(config).wayf.signing, *load(config).wayf.also_signing)) == ["signing-2.key", "signing.key"]
    assert len(published(config, "signing")) == 2
    done(config, "keys", "retire", "signing")
    assert names((load(config).wayf.signing, *load(config).wayf.also_signing)) == ["signing-2.key"]
    assert "[[wayf.also_signing]]" not in config.read_text("utf-8").splitlines()
    assert "signing.key" in key_files(config)


def test_switching_asks_whether_wayf_has_confirmed(config: Path) -> None:
    done(config, "keys", "rotate", "signing")
    before = config.read_bytes()
    assert "Has WAYF confirmed" in run(config, "keys", "switch", answer="n\n").output
    assert config.read_bytes() == before
    assert run(config, "keys", "switch", answer="y\n").exit_code == 0
    assert config.read_bytes() != before


def test_the_list_names_every_key_and_no_secret(config: Path) -> None:
    done(config, "keys", "rotate", "signing")
    done(config, "keys", "rotate", "encryption")
    said = done(config, "keys", "list")
    wayf = load(config).wayf
    for pair in (wayf.signing, *wayf.also_signing, *wayf.encryption):
        assert fingerprint(read_certificate(pair.certificate_file)) in said
        assert pair.key_file.read_text().splitlines()[1] not in said
    assert "published, does not sign yet" in said
    assert "published first: WAYF is to encrypt to it" in said
    assert "when WAYF has entered both, resetapp keys switch" in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[wayf.encryption]]\n", "[[ wayf . encryption ]] # ours\n"),
        ('key_file = "keys/encryption.key"', '  key_file="keys/encryption.key" # secret'),
    ],
)
def test_other_ways_to_write_a_table_are_understood(config: Path, old: str, new: str) -> None:
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")
    done(config, "keys", "rotate", "encryption")
    done(config, "keys", "retire", "encryption", "--force")
    assert names(load(config).wayf.encryption) == ["encryption-2.key"]


def test_what_is_not_understood_is_left_to_the_operator_and_the_new_key_is_kept(config: Path) -> None:
    text = config.read_text("utf-8")
    i, j = text.index("[[wayf.encryption]]"), text.index("# --- Visits")
    inline = 'encryption = [{ key_file = "keys/encryption.key", certificate_file = "keys/encryption.crt" }]\n'
    text = text[:i] + text[j:]
    config.write_text(text.replace("[wayf]\n", f"[wayf]\n{inline}"), "utf-8")
    before = config.read_bytes()
    result = run(config, "keys", "rotate", "encryption")
    assert result.exit_code == 1
    assert "by hand" in result.output
    assert config.read_bytes() == before
    assert "encryption-2.key" in key_files(config)


def test_a_table_that_only_looks_like_one_does_not_lead_astray(config: Path) -> None:
    """In a text of several lines: what would come out is compared before it takes the file's place."""
    text = config.read_text("utf-8")
    trap = 'purpose = """Formålet er \\\n[[wayf.encryption]] # \\\nkey_file = 1\\\ncertificate_file = 2"""\n'
    config.write_text(re.sub(r"(?m)^purpose = .*\n", lambda _: trap, text, count=1), "utf-8")
    load(config)
    before = config.read_bytes()
    assert "by hand" in run(config, "keys", "rotate", "encryption").output
    assert config.read_bytes() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_the_services_user(config: Path) -> None:
    for path in (config, *(config.parent / "keys").iterdir()):
        os.chown(path, 12345, 12345)
    done(config, "keys", "rotate", "encryption")
    made = [config, *(config.parent / "keys").iterdir()]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(12345, 12345)}
    os.chown(config.parent, 0, 0)


def test_the_summary_tells_wayf_in_both_languages_what_is_asked_for_and_why(config: Path) -> None:
    done(config, "keys", "rotate", "encryption")
    said = done(config, "metadata", "--summary")
    danish, english = said.split("\n\n\n")
    settings = load(config)
    for part, purpose in ((danish, settings.wayf.purpose), (english, settings.wayf.purpose_en)):
        assert purpose in part
        for word in (settings.wayf.entity_id, "/saml/acs", "/saml/slo", settings.wayf.technical_contact):
            assert word in part
        for name in ("schacPersonalUniqueID", "eduPersonAssurance", "cn", "schacHomeOrganization"):
            assert re.search(rf"(?m)^- {name} \(urn:oid:[0-9.]+, \w+( \w+)?\): .{{20,}}\.$", part), name
        for pair in (settings.wayf.signing, *settings.wayf.encryption):
            assert fingerprint(read_certificate(pair.certificate_file)) in part
    first = fingerprint(read_certificate(settings.wayf.encryption[0].certificate_file))
    assert f"kryptering; brug denne: {first}" in danish
    assert f"encryption; use this one: {first}" in english


def test_our_metadata_needs_nothing_of_the_hub(config: Path) -> None:
    (config.parent / "hub" / "hub-metadata.xml").write_text("nothing")
    assert done(config, "metadata").startswith("<?xml")


def test_there_is_nothing_to_fetch_without_an_address(config: Path) -> None:
    assert "wayf.hub_metadata_url" in refused(config, "fetch-metadata")
