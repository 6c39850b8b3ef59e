"""Files of mappings in the background of a serving process: one at a time, a few wait.

What was sent lies in this process's memory until it is checked. When the process dies the file is gone, and its
request is closed as stopped; one that was approved is carried to its end by the next process that looks.
"""

import logging
import queue
import threading
from collections.abc import Callable
from functools import partial

from resetapp.core.mappings import RequestState
from resetapp.mapping import approval, imports
from resetapp.mapping.comparison import quiet
from resetapp.mapping.imports import File, Overtaken
from resetapp.register import Register
from resetapp.reset import Desk
from resetapp.storage.tables import StaffLogin
from resetapp.trouble import DatabaseDown, Trouble

log = logging.getLogger(__name__)

_WAITING = 2


class Busy(Exception):
    """Others' files come first, and there are too many of them to keep one more in memory."""


def finish_stopped(desk: Desk, register: Register) -> int:
    """What processes that died have left behind, ended or carried to its end here and now; how many of the latter.

    For the daily timer: where nobody looks at the pages, a decided file must not lie half done. Raises DatabaseDown.
    """
    decided = imports.end_stopped(desk)
    for request_id in decided:
        _do(partial(approval.carry_out, desk, register, request_id))
    return len(decided)


class Importer:
    """One for a process. Its thread is started with the first file: most processes never get one."""

    def __init__(self, desk: Desk, register: Register) -> None:
        self.register = register
        self._desk = desk
        self._jobs: queue.Queue[Callable[[], RequestState]] = queue.Queue(_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def check(self, member: StaffLogin, file: File) -> str:
        """Returns the request's id at once. Raises Busy, TooManyAttempts, DatabaseDown."""
        with self._lock:
            self._demand_room()
            request_id = imports.begin(self._desk, self.register, member, file)
            self._put(partial(imports.check, self._desk, self.register, member, request_id, file, quiet))
        return request_id

    def approve(self, member: StaffLogin, request_id: str, file_hash: str, confirmed: str) -> None:
        """The decision; what follows from it is done soon. Raises Busy, and what `approval.claim` raises."""
        with self._lock:
            self._demand_room()
            approval.claim(self._desk, self.register, member, request_id, file_hash, confirmed)
            self._put(partial(approval.carry_out, self._desk, self.register, request_id))

    def take_over(self) -> None:
        """What other processes have left behind when they died. Raises DatabaseDown."""
        for request_id in imports.end_stopped(self._desk):
            with self._lock:
                if not self._jobs.full():  # else whoever looks next
                    self._put(partial(approval.carry_out, self._desk, self.register, request_id))

    def _demand_room(self) -> None:
        if self._jobs.full():
            raise Busy

    def _put(self, job: Callable[[], RequestState]) -> None:
        self._jobs.put_nowait(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="importer", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            _do(self._jobs.get())


def _do(job: Callable[[], RequestState]) -> None:
    """A fault leaves the request as it is; when nobody has touched it for a while it is closed or taken over."""
    try:
        job()
    except Overtaken:
        log.warning("mapping.file_overtaken")
    except (DatabaseDown, Trouble) as trouble:
        log.error("mapping.file_stopped code=%s", trouble.code)
    except Exception as error:
        log.error("mapping.file_stopped fault=%s", type(error).__name__)
