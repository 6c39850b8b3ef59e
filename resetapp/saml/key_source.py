"""Our keys as the settings' file names them now. A serving process takes up a change by itself: no request is lost to a
restart, and no worker lags behind for longer than a few seconds.

Of a changed settings' file the keys alone are taken; everything else waits for a restart.
"""

import logging
from pathlib import Path

from resetapp.saml.faults import SamlConfigurationError
from resetapp.saml.service_provider import ServiceProvider
from resetapp.saml.state_folder import stamp
from resetapp.settings import SettingsError, load

_log = logging.getLogger(__name__)


class KeySource:
    """Looks at the file's stamp, and reads it when that has changed."""

    def __init__(self, settings_file: Path, provider: ServiceProvider) -> None:
        self._file, self._provider = settings_file, provider
        self._seen: tuple[int, int, int] | None = None  # so the first look tells what changed while we started

    def keep_fresh(self) -> None:
        """A file that cannot be used, half written perhaps, is told once; the keys in use stay."""
        now = stamp(self._file)
        if now == self._seen or now is None:
            return
        self._seen = now
        try:
            if self._provider.use_keys(load(self._file).wayf):
                _log.info("keys.changed")
        except SettingsError as error:
            _log.error("keys.unusable faults=%d", len(error.faults))
        except SamlConfigurationError as error:
            _log.error("keys.unusable problem=%s", error.problem)
