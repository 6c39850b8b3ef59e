"""The project as a whole: its documents tell the truth, and nothing in it points to one machine or one registry."""

import re
from collections.abc import Iterator

from tests.house.tree import ROOT, Fault, listed, project_files, text_files, text_of

VENDOR = "tests/vendor/"

# In pieces, so that this file does not hold what it forbids.
MACHINE = re.compile(r"(?<![\w.])/(?:" + "|".join(("ho" + "me", "Use" + "rs", "ro" + "ot", "wo" + "rk")) + r")/\w")
REGISTRY = re.compile("|".join(("py" + r"pi\.(?:org|io)", "python" + "hosted", r"npm" + r"js\.(?:org|com)")))

LINK = re.compile(r"(?<!\\)\]\(([^)\s#]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^\s*make ([a-z]+)\b", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def test_nothing_names_a_folder_of_one_machine_or_a_registry() -> None:
    faults = [fault for name, text in text_files(but=(VENDOR,)) for fault in bound_to_a_place(name, text)]
    assert not faults, listed(faults)


def test_places_are_found() -> None:
    assert [
        fault.line for fault in bound_to_a_place("a.md", "one\ncd /ho" + "me/anna\nhttps://py" + "pi.org/simple")
    ] == [2, 3]
    assert not list(bound_to_a_place("a.md", "ProtectHome=true, /var/lib/resetapp, https://example.dk/wo" + "rk/"))


def test_links_in_the_documents_lead_somewhere() -> None:
    faults = [
        fault for name, text in text_files(but=(VENDOR,)) if name.endswith(".md") for fault in dead_links(name, text)
    ]
    assert not faults, listed(faults)


def test_a_dead_link_is_found() -> None:
    text = "[one](../README.md) [two](nowhere.md#part) [three](https://example.dk) [four](#here)\n![five](none.png)"
    assert [fault.what for fault in dead_links("docs/a.md", text)] == [
        "leads nowhere: nowhere.md",
        "leads nowhere: none.png",
    ]


def test_the_commands_in_the_documents_exist() -> None:
    targets = set(TARGET.findall(text_of("Makefile")))
    for name in ("README.md", "CONTRIBUTING.md"):
        commands = set(COMMAND.findall(text_of(name)))
        assert commands, f"{name} names no command"
        assert commands <= targets, f"{name} names commands that the Makefile lacks: {commands - targets}"


def test_the_readme_shows_the_two_commands() -> None:
    assert {"demo", "test"} <= set(COMMAND.findall(text_of("README.md")))


def test_every_decision_is_in_the_table_of_decisions() -> None:
    records = {name.removeprefix("docs/") for name in project_files() if name.startswith("docs/decisions/")}
    table = text_of("docs/architecture.md")
    assert records
    assert {record for record in records if f"]({record})" not in table} == set()


def test_every_decision_has_its_four_parts() -> None:
    records = [name for name in project_files() if name.startswith("docs/decisions/")]
    faults = [Fault(name, 1, f"has no part {part}") for name in records for part in missing_parts(text_of(name))]
    assert not faults, listed(faults)
    assert missing_parts("# 1 Title\n\n## Context\n\n## Decision\n") == ["Consequences", "Considered and left"]


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    first = re.search(r"^## +(.+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert first
    assert first[1] == "[Unreleased]"


def test_the_licence_is_whole() -> None:
    text = text_of("LICENSE")
    assert text.split("\n", 1)[0].strip() == "EUROPEAN UNION PUBLIC LICENCE v. 1.2"
    assert re.findall(r"^(\d+)\. [A-Z]", text, re.MULTILINE) == [str(number) for number in range(1, 16)]
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text


def bound_to_a_place(name: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        if found := MACHINE.search(line) or REGISTRY.search(line):
            yield Fault(name, number, f"names a place that is not the project's: {found[0]}")


def dead_links(name: str, text: str) -> Iterator[Fault]:
    for number, line in enumerate(text.splitlines(), start=1):
        for target in LINK.findall(line):
            if (
                "://" not in target
                and not target.startswith("mailto:")
                and not (ROOT / name).parent.joinpath(target).exists()
            ):
                yield Fault(name, number, f"leads nowhere: {target}")


def missing_parts(text: str) -> list[str]:
    parts = ("Context", "Decision", "Consequences", "Considered and left")
    return [part for part in parts if f"\n## {part}\n" not in text]
