"""Whether each directory answers right now, for the operator's page: all asked at once, none waited for long."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from resetapp.directory.ldap import LdapDirectory
from resetapp.trouble import DirectoryDown

_NOBODY: Final = "-"  # a username that nobody has; the search goes the way that every look-up goes


@dataclass(frozen=True, slots=True)
class Asked:
    """`seconds`: how long the answer took; None when there was none. `fault`: our own word for why, or "late"."""

    directory: str
    seconds: float | None
    fault: str = ""


class Probes:
    """One for each process. Thread-safe.

    A directory that is still busy with an earlier question is not asked another: however often the page is opened, at
    most one of the connections that people need is taken up by it.
    """

    LATE: Final = "late"

    def __init__(self, directories: Mapping[str, LdapDirectory], patience: float = 3.0) -> None:
        """`patience`: seconds; for all of them together, for they are asked side by side."""
        self._directories, self._patience = directories, patience
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def ask(self) -> list[Asked]:
        """In the order of the settings. Raises nothing."""
        end, answers = time.monotonic() + self._patience, dict[str, Asked]()
        asking = [self._start(name, answers) for name in self._directories]
        for thread in filter(None, asking):
            thread.join(max(0.0, end - time.monotonic()))
        return [answers.get(name, Asked(name, None, self.LATE)) for name in self._directories]

    def _start(self, name: str, answers: dict[str, Asked]) -> threading.Thread | None:
        with self._lock:
            if name in self._busy:
                return None
            self._busy.add(name)
        thread = threading.Thread(target=self._ask, args=(name, answers), name=f"probe-{name}", daemon=True)
        thread.start()
        return thread

    def _ask(self, name: str, answers: dict[str, Asked]) -> None:
        begun = time.perf_counter()
        try:
            self._directories[name].find_by_username(_NOBODY)
            answers[name] = Asked(name, time.perf_counter() - begun)
        except DirectoryDown as down:
            answers[name] = Asked(name, None, down.reason)
        except Exception as error:  # its text may quote anything
            answers[name] = Asked(name, None, type(error).__name__)
        finally:
            with self._lock:
                self._busy.discard(name)
