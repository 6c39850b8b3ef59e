"""`systemctl reload` sends SIGHUP: one worker after the other is replaced, and the service answers all the while.

A worker that stops closes the connections that have not asked for anything yet. One that was opened in that very moment
gets no answer (docs/operator.md); a proxy in front asks again, and so does a browser.
"""

import http.client
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

WORKERS, CLIENTS = 2, 4
UNANSWERED = repr(http.client.RemoteDisconnected("Remote end closed connection without response"))
PAUSE = 0.005  # seconds between a client's requests: hundreds a second in all, and the workers get to start meanwhile
PATIENCE = 90.0  # seconds for both workers, each of which stays on for ten beside its successor


def test_a_reload_answers_everybody_but_who_comes_as_a_worker_stops(
    service: subprocess.Popen[bytes], port: int, tmp_path: Path
) -> None:
    answered: Counter[str] = Counter()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answered[told(port)] += 1
            time.sleep(PAUSE)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        service.send_signal(signal.SIGHUP)
        wait_until_replaced(tmp_path / "log")
        before = answered["200"]
        time.sleep(1)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert set(answered) <= {"200", UNANSWERED}, answered
    assert answered[UNANSWERED] <= WORKERS, answered  # of hundreds a second, one for each that stops
    assert answered["200"] > before > 0  # until the end


def wait_until_replaced(log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while log.read_text().count("Stopped old worker-") < WORKERS:
        if time.monotonic() > end:
            pytest.fail(f"the workers were not replaced: {log.read_text()[-2000:]}")
        time.sleep(0.2)


def told(port: int) -> str:
    """The status, or what went wrong, of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/privacy")
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
