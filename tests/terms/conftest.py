"""One installation and one stage for all clauses; each look has a rehearsal of its own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache

from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings
from resetapp.demo.stage import Stage
from resetapp.settings import Settings, load
from resetapp.terms.inspection import Inspection, Rehearsal
from tests.builders import INVENTED_MARK
from tests.settings.written import with_line


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings' file of an institution whose record is complete. Its hub and directory answer nobody."""
    folder = tmp_path_factory.mktemp("terms")
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    of_hub = folder / "hub" / "hub-metadata.xml"
    directory = demo_directory_settings(ca_file=of_hub, ldaps_port=9)
    now = datetime.now(UTC)
    path = install(folder, "https://adgangskode.example.dk", hub.entity_id, of_hub, [directory], now)
    (folder / "mark.svg").write_text(INVENTED_MARK, "utf-8")
    path.write_text(with_line(path.read_text("utf-8"), "mark_file", '"mark.svg"'), "utf-8")
    return path


@pytest.fixture(scope="session")
def settings(installed: Path) -> Settings:
    return load(installed)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with Stage.opened() as opened:
        yield opened


@pytest.fixture(scope="session")
def rehearse(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Rehearsal]:
    """As the stage does it; the templates of all the applications are compiled once."""
    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))

    def make(settings: Settings) -> Rehearsal:
        made = stage.rehearse(settings)
        made.app.jinja_env.bytecode_cache = compiled
        return made

    return make


@pytest.fixture
def looking(settings: Settings, rehearse: Callable[[Settings], Rehearsal]) -> Callable[..., Inspection]:
    """A look at the installation, with keys of its sections changed: `terms={"role": ""}`."""

    def look(**changes: dict[str, Any]) -> Inspection:
        sections = {name: replace(getattr(settings, name), **values) for name, values in changes.items()}
        return Inspection(replace(settings, **sections), datetime.now(UTC), rehearse)

    return look


@pytest.fixture
def look(looking: Callable[..., Inspection]) -> Inspection:
    return looking()


@pytest.fixture
def rehearsal(look: Inspection) -> Rehearsal:
    return look.rehearsal
