"""How often, and on which server. `make test-faults` does hundreds of rounds, the ordinary run a few."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from resetapp.core.secret import Secret
from resetapp.demo import ldap_seed as seed
from resetapp.demo.slapd import SlapdUnavailable, crowd
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings
from tests.faults.mortal import MortalSlapd, mortal_slapd

ROUNDS = int(os.environ.get("RESETAPP_FAULT_ROUNDS", "20"))
FIRST_OF_STORIES = ROUNDS + 300


@pytest.fixture(scope="session")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalSlapd]:
    people = seed.demo_tree(datetime.now(UTC)) + list(crowd(FIRST_OF_STORIES + 20 * ROUNDS + 200))
    try:
        with mortal_slapd(tmp_path_factory.mktemp("mortal"), people) as server:
            yield server
    except SlapdUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def slapd(mortal: MortalSlapd) -> Iterator[MortalSlapd]:
    """Alive and awake before and after the test."""
    mortal.start()
    yield mortal
    mortal.thaw() if mortal.alive else mortal.start()


def directory_at(*hosts: str, server: MortalSlapd, answer: float = 2.0) -> LdapDirectory:
    settings = DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=DirectoryKind.OPENLDAP,
        hosts=hosts or (server.endpoint.ldaps,),
        base=seed.PEOPLE,
        bind_dn=seed.SERVICE_DN,
        bind_password=Secret(seed.SERVICE_PASSWORD),
        ca_file=server.endpoint.certificates.ca,
        connect_timeout=1.0,
        answer_timeout=answer,
        host_pause=0.0,
    )
    return LdapDirectory(settings, lambda: datetime.now(UTC))
