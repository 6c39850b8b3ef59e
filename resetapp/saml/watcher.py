"""The thread of a serving process that keeps the hub's metadata and our keys fresh."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)
_PAUSE = 5.0  # seconds between two looks: one stat of each file


class Watcher(threading.Thread):
    """Until the process ends. Every worker has one."""

    def __init__(self, *looks: Callable[[], None], pause: float = _PAUSE) -> None:
        super().__init__(name="federation-watcher", daemon=True)
        self._looks, self._pause = looks, pause
        self._end = threading.Event()

    def run(self) -> None:
        """At once, for a kept copy may be old, and then again and again."""
        while True:
            for look in self._looks:
                _carefully(look)
            if self._end.wait(self._pause):
                return

    def stop(self) -> None:
        self._end.set()


def _carefully(look: Callable[[], None]) -> None:
    try:
        look()
    except Exception as error:  # a full disk, or a fault of ours: logins go on with what we have
        _log.error("federation_watcher.fault fault=%s", type(error).__name__)
