"""Opening directories on the servers of the tests; they are closed at the end."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from resetapp.core.secret import Secret
from resetapp.directory import LdapDirectory
from resetapp.settings.model import DirectoryKind, DirectorySettings
from tests.servers.running import RunningServer

Open = Callable[..., LdapDirectory]  # given what is different in the settings


def settings_on(server: RunningServer, kind: DirectoryKind, **changes: Any) -> DirectorySettings:
    settings = DirectorySettings(
        name="people",
        title="Eksempel",
        title_en="Example",
        kind=kind,
        hosts=(server.ldaps,),
        base=server.people,
        bind_dn=server.service_dn,
        bind_password=Secret(server.service_password),
        ca_file=server.certificates.ca,
    )
    return replace(settings, **changes)


@contextlib.contextmanager
def opening(server: RunningServer, kind: DirectoryKind, **always: Any) -> Iterator[Open]:
    with contextlib.ExitStack() as stack:

        def open_directory(**changes: Any) -> LdapDirectory:
            settings = settings_on(server, kind, **{**always, **changes})
            directory = LdapDirectory(settings, lambda: datetime.now(UTC))
            stack.callback(directory.close)
            return directory

        yield open_directory
