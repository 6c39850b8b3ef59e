"""Ends that come near, told in the log: once a day for the whole service, until somebody has seen to them."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resetapp.saml.expiry import Expiry, Severity, expiries
from resetapp.saml.state_folder import keep_words, locked, read_words
from resetapp.settings.model import Wayf

_log = logging.getLogger(__name__)
_STATE, _LOCK = "expiry.json", "expiry.lock"
_PAUSE = timedelta(minutes=5)  # a look reads every certificate
_DAY = timedelta(days=1)
_ORDER = tuple(Severity)  # as written there: the gravest last
_LEVELS = {Severity.NOTICE: logging.INFO, Severity.WARNING: logging.WARNING}  # what is graver is an error


class Reminder:
    """Every worker has one and looks for itself; which of them writes the day's lines, a file in the state folder says.

    `worst` is what the last look found, for the health page: no request reads a file for it.
    """

    def __init__(self, wayf: Callable[[], Wayf], clock: Callable[[], datetime]) -> None:
        """`wayf`: the settings as they are at each look, for keys are changed while we run."""
        self._wayf, self._clock = wayf, clock
        self._looked: datetime | None = None
        self._told: datetime | None = None
        self.worst = Severity.NONE

    def look(self) -> None:
        """Called every few seconds. Raises what `wayf` raises, and then not again before the next pause."""
        now = self._clock()
        if self._looked is not None and timedelta(0) <= now - self._looked < _PAUSE:
            return
        self._looked = now
        wayf = self._wayf()
        near = [each for each in expiries(wayf, now) if each.severity]
        self.worst = max((each.severity for each in near), key=_ORDER.index, default=Severity.NONE)
        if near and self._is_first_today(wayf.state_folder, now):
            self._told = now
            _tell(near)

    def everything(self) -> list[Expiry]:
        """All that has an end, looked at now. Raises what `wayf` raises."""
        return expiries(self._wayf(), self._clock())

    def _is_first_today(self, folder: Path | None, now: datetime) -> bool:
        """Of all workers; without a folder to agree in each tells it, for twice is better than never."""
        if self._told is not None and timedelta(0) <= now - self._told < _DAY:
            return False
        try:
            return folder is None or _is_first_of_all(folder, now)
        except OSError:
            return True


def _is_first_of_all(folder: Path, now: datetime) -> bool:
    """Whether nobody has told it within a day; then it is written down that we do. Raises OSError."""
    with locked(folder / _LOCK, wait=False) as alone:
        if not alone or timedelta(0) <= now - _told_at(folder) < _DAY:
            return False
        keep_words(folder / _STATE, {"told": now.isoformat()})
        return True


def _told_at(folder: Path) -> datetime:
    try:
        found = datetime.fromisoformat(read_words(folder / _STATE).get("told", ""))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _tell(near: list[Expiry]) -> None:
    for each in near:
        _log.log(_LEVELS.get(each.severity, logging.ERROR), "expiry.near %s: %s", each.subject, each)
