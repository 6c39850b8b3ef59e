"""The demo's installation in front of its directories, with its invented history: without any process of its own."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from resetapp.demo.certificates import ServerCertificates
from resetapp.demo.directory_server import running_directory
from resetapp.demo.domain_people import DELEGATION, demo_domain
from resetapp.demo.domain_tree import DomainTree
from resetapp.demo.history import write_history
from resetapp.demo.history_readiness import write_readiness
from resetapp.demo.hub import Hub
from resetapp.demo.installation import install
from resetapp.demo.ldap_endpoint import demo_directory_settings, staff_directory_settings
from resetapp.demo.ldap_seed import CONSOLE_ROLES, demo_tree
from resetapp.demo.ldap_tree import Tree
from resetapp.settings import Settings, load

MAIL = {"host": "127.0.0.1", "encryption": "none", "from_address": "it@example.dk"}


@contextlib.contextmanager
def written_history(folder: Path, certificates: ServerCertificates, now: datetime) -> Iterator[Settings]:
    hub = Hub.kept_in(folder / "hub", "http://127.0.0.1:9", folder / "sp-metadata.xml")
    metadata = folder / "hub" / "hub-metadata.xml"
    people, staff = Tree(demo_tree(now), lambda: now), DomainTree(demo_domain(now), lambda: now, DELEGATION)
    with running_directory(people, certificates) as first, running_directory(staff, certificates) as second:
        tables = [
            demo_directory_settings(certificates.ca, first.ldaps_port),
            staff_directory_settings(certificates.ca, second.ldaps_port),
        ]
        place = folder / "installation"
        settings = load(install(place, "http://127.0.0.1:8", hub.entity_id, metadata, tables, now, CONSOLE_ROLES, MAIL))
        write_history(settings, now)
        write_readiness(settings.database.url, now)
        yield settings
