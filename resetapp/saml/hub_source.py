"""Where the hub's metadata comes from, and the copy of it that holds now.

A file that the operator installs, or a signed feed that is fetched in the background. What was fetched is kept on disk
as it came, with its signature, and judged anew whenever it is read. Nothing but better metadata replaces good metadata:
when a fetch fails, or brings what is unsigned, expired, older or without the hub, the last good copy stays until it
expires by its own word.

Each process holds its own Hub, an object that never changes: a request that runs keeps the one it began with. Processes
tell each other of a new one by the file alone, which all of them look at every few seconds (`keep_fresh`).
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from resetapp.saml.faults import Refused, SamlConfigurationError
from resetapp.saml.feed import Feed, problem, read_feed, read_signers, word
from resetapp.saml.fetching import NotFetched, fetch
from resetapp.saml.hub import Hub, Unfit
from resetapp.saml.keys import read_file
from resetapp.saml.state_folder import keep, keep_words, locked, read_words, stamp
from resetapp.saml.xml import METADATA_LIMIT
from resetapp.settings.model import Wayf

_log = logging.getLogger(__name__)
_KEPT, _STATE, _LOCK = "hub-metadata.xml", "hub-metadata.json", "hub-metadata.lock"
_AGAIN = timedelta(minutes=5)  # after a fetch that brought nothing
_REMEDY = "Fetch the hub's metadata anew and compare it as the operator's guide says."
_FETCH_REMEDY = "See that the address answers and the certificate is the right one, then run `resetapp fetch-metadata`."


@dataclass(frozen=True, slots=True)
class Fetches:
    """What became of the fetches, for those who watch the service."""

    tried: datetime | None
    succeeded: datetime | None
    failure: str  # of the last one; "" when it brought metadata


class HubSource:
    """Thread-safe: `hub` is one reference, read once for each message and replaced as a whole."""

    def __init__(self, wayf: Wayf, clock: Callable[[], datetime]) -> None:
        """Reads the file, or the kept copy; without one it fetches. Raises SamlConfigurationError."""
        self._wayf, self._clock = wayf, clock
        self._file = file_of(wayf)
        self._seen = stamp(self._file)
        self._resting = clock()
        self._feed = self._opened()

    @property
    def hub(self) -> Hub:
        return self._feed.hub

    def _opened(self) -> Feed:
        try:
            return read_file_of(self._wayf)
        except SamlConfigurationError:
            if not self._wayf.hub_metadata_url:
                raise
        with locked(self._file.with_name(_LOCK), wait=True):
            try:  # another worker may have been quicker
                return read_file_of(self._wayf)
            except SamlConfigurationError:
                return self._first()

    def _first(self) -> Feed:
        feed, failure = self._fetched(None)
        if feed is None:
            raise SamlConfigurationError(f"{self._wayf.hub_metadata_url}: {failure}.", _FETCH_REMEDY)
        self._seen = stamp(self._file)
        return feed

    def keep_fresh(self) -> None:
        """Take up what another process or the operator put there; fetch when it is time and nobody else does."""
        if stamp(self._file) != self._seen:
            self._look_alone()
        if self._wayf.hub_metadata_url and self._due():
            self.refresh(wait=False)

    def refresh(self, *, wait: bool = True) -> str:
        """Fetch now. "" when it brought metadata that holds, else what was wrong. Raises OSError."""
        with locked(self._file.with_name(_LOCK), wait=wait) as alone:
            if not alone or (not wait and not self._due()):
                return ""
            self._look()
            self._resting = self._clock() + _AGAIN  # also when something unforeseen ends this, or the disk is full
            feed, failure = self._fetched(self._feed)
            if feed is not None:
                self._seen = stamp(self._file)
                self._take(feed)
            return failure

    def _due(self) -> bool:
        fetches, now = fetches_of(self._wayf), self._clock()
        pause = min(_AGAIN, self._wayf.hub_metadata_refresh) if fetches.failure else self._wayf.hub_metadata_refresh
        if now < self._resting:
            return False
        return fetches.tried is None or not fetches.tried <= now < fetches.tried + pause

    def _look_alone(self) -> None:
        """A feed may be large, and all workers see it at the same moment: one after the other spares memory."""
        if not self._wayf.hub_metadata_url:
            return self._look()
        with locked(self._file.with_name(_LOCK), wait=False) as alone:
            if alone:
                self._look()

    def _look(self) -> None:
        """A file that cannot be used is told once, and the hub as we know it stays."""
        now = stamp(self._file)
        if now == self._seen or now is None:
            return
        self._seen = now
        try:
            feed = read_file_of(self._wayf)
        except SamlConfigurationError as error:
            _log.error("hub_metadata.unusable problem=%s", error.problem)
            return
        if self._wayf.hub_metadata_url and feed.older_than(self._feed):
            _log.error("hub_metadata.unusable problem=%s is older than the metadata in use", self._file)
            return
        self._take(feed)

    def _take(self, feed: Feed) -> None:
        changed, self._feed = feed.hub != self._feed.hub, feed
        if changed:
            _log.info("hub_metadata.changed keys=%d until=%s", len(feed.hub.signing_keys), feed.hub.valid_until)

    def _fetched(self, held: Feed | None) -> tuple[Feed | None, str]:
        """Judged and kept, or what was wrong. The lock is ours. Raises OSError when nothing can be kept."""
        now, signers = self._clock(), read_signers(self._wayf.hub_metadata_certificate_files)
        try:
            octets = fetch(self._wayf.hub_metadata_url, METADATA_LIMIT)
            feed = read_feed(octets, self._wayf.hub_entity_id, signers)
            feed.need_current(now, self._wayf.hub_metadata_longest)
            if held is not None and feed.older_than(held):
                raise Refused("rolled-back")
        except NotFetched as error:
            return None, self._failed(now, f"could not be fetched ({error.reason})", error.reason)
        except (Refused, Unfit) as error:
            return None, self._failed(now, problem(error), word(error))
        keep(self._file, octets)
        keep_words(self._file.with_name(_STATE), {"tried": now.isoformat(), "succeeded": now.isoformat()})
        return feed, ""

    def _failed(self, now: datetime, failure: str, reason: str) -> str:
        _log.error("hub_metadata.not_refreshed reason=%s", reason)
        before = read_words(self._file.with_name(_STATE))
        keep_words(self._file.with_name(_STATE), {**before, "tried": now.isoformat(), "failure": failure})
        return failure


def file_of(wayf: Wayf) -> Path:
    """The operator's file, or the kept copy. Raises SamlConfigurationError."""
    if not wayf.hub_metadata_url and wayf.hub_metadata_file is not None:
        return wayf.hub_metadata_file
    if wayf.state_folder is None or not os.access(wayf.state_folder, os.R_OK | os.W_OK | os.X_OK):
        raise SamlConfigurationError(
            f"{wayf.state_folder}: is no folder that this user can write.",
            "Make wayf.state_folder, owned by the service's user.",
        )
    return wayf.state_folder / _KEPT


def read_file_of(wayf: Wayf) -> Feed:
    """What is on disk, whether it still holds or not. Raises SamlConfigurationError, which names file and fault."""
    path, signers = file_of(wayf), read_signers(wayf.hub_metadata_certificate_files)
    if wayf.hub_metadata_url and not path.exists():
        raise SamlConfigurationError(f"{path}: is not there, nothing has been fetched yet.", _FETCH_REMEDY)
    octets = read_file(path)
    try:
        return read_feed(octets, wayf.hub_entity_id, signers)
    except (Refused, Unfit) as error:
        told = problem(error)
    raise SamlConfigurationError(f"{path}: {told}.", _FETCH_REMEDY if wayf.hub_metadata_url else _REMEDY)


def fetches_of(wayf: Wayf) -> Fetches:
    """Raises SamlConfigurationError."""
    words = read_words(file_of(wayf).with_name(_STATE))
    return Fetches(_instant(words.get("tried")), _instant(words.get("succeeded")), words.get("failure", ""))


def _instant(written: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
