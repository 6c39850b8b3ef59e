"""Numbers for a machine that watches the service, in Prometheus' text format (0.0.4). No personal data: labels are
words of ours and names from the settings, so there are never more series than these allow.

Everything is counted in the database, where all workers come to the same numbers, but for the requests and the time
that directories took: each worker has counted its own, and says so by the label `worker`. What the database forgets in
time is given as a gauge over a day, not as a counter, for a counter that falls would be taken for a restart.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import wraps
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from resetapp import __version__
from resetapp.core.events import EVENTS
from resetapp.core.secret import Secret
from resetapp.directory.timing import STEPS
from resetapp.storage import figures
from resetapp.storage.database import Session
from resetapp.web.health import monitoring
from resetapp.web.house import now, services

PATH = "/metrics"
_DAY = timedelta(days=1)
_CLASSES = frozenset({"reset", "saml", "console", "monitoring", "static"})
_OTHER = "other"
_BEARER = "bearer "

Samples = Iterable[tuple[Mapping[str, str], float]]


class Traffic:
    """The requests that this worker has answered, by part of the program and status. Thread-safe."""

    def __init__(self) -> None:
        self._answered: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()

    def count(self, response: Response) -> Response:
        part = (request.endpoint or "").partition(".")[0]
        with self._lock:
            self._answered[(part if part in _CLASSES else _OTHER, response.status_code)] += 1
        return response

    def __iter__(self) -> Iterator[tuple[tuple[str, int], int]]:
        with self._lock:
            return iter(sorted(self._answered.items()))


def measure(app: Flask, public_url: str) -> None:
    """Counts from now on."""
    traffic = Traffic()
    app.extensions["resetapp.metrics"] = (figures.EventCounts(), traffic)
    app.after_request(traffic.count)
    app.wsgi_app = AnyName(app.wsgi_app, urlsplit(public_url).netloc)  # type: ignore[method-assign]


class AnyName:
    """Who asks for the numbers from this machine cannot choose the Host header (Prometheus): there, and only there, it
    does not matter. The answer holds no address that could be built from it.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], netloc: str) -> None:
        self._app, self._netloc = app, netloc

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            environ["HTTP_HOST"] = self._netloc
        return self._app(environ, start_response)


def watchers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    """From this machine, or with the token of the settings; for everybody else there is no such page.

    The address is the one behind the proxies. Compared in constant time, or the token could be found letter by letter.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a view may return anything Flask takes
        if not (_from_here() or _with_token()):
            raise NotFound
        return view(*args, **kwargs)

    guarded.guard = "watchers_only"  # type: ignore[attr-defined]
    return guarded


def _from_here() -> bool:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _with_token() -> bool:
    token, sent = services().settings.service.metrics_token, request.headers.get("Authorization", "")
    return (
        token is not None and sent[: len(_BEARER)].lower() == _BEARER and Secret(sent[len(_BEARER) :].strip()) == token
    )


@monitoring.get(PATH)
@watchers_only
def metrics() -> ResponseReturnValue:
    with services().database.reading() as db:
        lines = [*_process(), *_people(db), *_attempts(db), *_events(db), *_requests(), *_directories()]
    return Response("\n".join([*lines, ""]), content_type="text/plain; version=0.0.4; charset=utf-8")


def _process() -> Iterator[str]:
    yield from _metric("resetapp_info", "gauge", "The program.", [({"version": __version__}, 1)])
    hub = services().service_provider.hub_source.hub
    ends: Samples = [({}, hub.valid_until.timestamp())] if hub.valid_until else []
    what = "When the hub's metadata end, in seconds since 1970; none where they have no end."
    yield from _metric("resetapp_hub_metadata_valid_until_seconds", "gauge", what, ends)


def _people(db: Session) -> Iterator[str]:
    found = figures.logins(db, now() - _DAY)
    name, within = "resetapp_logins_day", "within the last 24 hours, of people who want a password."
    yield from _metric(f"{name}_started", "gauge", f"Logins begun {within}", [({}, found.started)])
    yield from _metric(f"{name}_completed", "gauge", f"Of these, back from the hub, {within}", [({}, found.completed)])
    refused = [({"reason": str(outcome)}, count) for outcome, count in sorted(found.refused.items())]
    yield from _metric(f"{name}_refused", "gauge", f"Of these, refused or without an account, {within}", refused)


def _attempts(db: Session) -> Iterator[str]:
    known = {each.name for each in services().settings.directories}
    counted: Counter[tuple[str, str]] = Counter()
    for (directory, state), count in figures.answers(db, now() - _DAY).items():
        counted[(directory if directory in known else _OTHER, str(state))] += count
    samples = [({"directory": name, "state": state}, count) for (name, state), count in sorted(counted.items())]
    what = "Passwords and unlockings sent, by what the directory answered, of visits begun within the last 24 hours."
    yield from _metric("resetapp_password_answers_day", "gauge", what, samples)
    open_now = figures.unsettled(db)
    what = "Attempts of which it is not known yet what became of them."
    yield from _metric("resetapp_attempts_open", "gauge", what, [({}, open_now.count)])
    age = (now() - open_now.oldest).total_seconds() if open_now.oldest else 0
    yield from _metric("resetapp_attempts_open_oldest_seconds", "gauge", "How old the oldest of them is.", [({}, age)])


def _events(db: Session) -> Iterator[str]:
    counts: figures.EventCounts = current_app.extensions["resetapp.metrics"][0]
    counted = Counter(dict.fromkeys(EVENTS, 0))
    for name, count in counts.now(db).items():
        counted[name if name in EVENTS else _OTHER] += count
    samples = [({"event": name}, count) for name, count in sorted(counted.items())]
    yield from _metric(
        "resetapp_audit_events_total", "counter", "Events in the audit trail, from its beginning.", samples
    )


def _requests() -> Iterator[str]:
    traffic: Traffic = current_app.extensions["resetapp.metrics"][1]
    worker = str(os.getpid())
    samples = [({"part": part, "status": str(code), "worker": worker}, count) for (part, code), count in traffic]
    what = "Requests answered by the one worker that gives this answer, since it started: sum over worker."
    yield from _metric("resetapp_http_requests_total", "counter", what, samples)


def _directories() -> Iterator[str]:
    name, worker = "resetapp_directory_read_seconds", str(os.getpid())
    yield f"# HELP {name} How long reading from a directory took this worker, where it answered: sum over worker."
    yield f"# TYPE {name} histogram"
    for directory, found in services().directories.items():
        labels = {"directory": directory, "worker": worker}
        steps, count, seconds = found.times.told()
        for step, reached in zip((*STEPS, "+Inf"), (*steps, count), strict=True):
            yield _sample(f"{name}_bucket", {**labels, "le": str(step)}, reached)
        yield _sample(f"{name}_sum", labels, seconds)
        yield _sample(f"{name}_count", labels, count)


def _metric(name: str, kind: str, what: str, samples: Samples) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield _sample(name, labels, value)


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{key}="{_escaped(held)}"' for key, held in labels.items())
    return f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
