"""Ten thousand mutated answers of the hub, posted to the whole service: none logs anybody in, none breaks anything."""

import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from werkzeug.test import TestResponse

from resetapp.settings import Limits
from resetapp.storage.tables import Login
from tests.fuzz.conftest import MUTANTS, SEED
from tests.fuzz.corpus import Corpus, Mutant
from tests.fuzz.outside import WATCH, called, nobody_may_call
from tests.web.conftest import PUBLIC_URL, World
from tests.web.visiting import cpr

pytestmark = pytest.mark.fuzz

P99_LIMIT = 50.0  # milliseconds; told, not asserted: it is the machine's speed, too
_FROM_THE_HUB = {"Origin": "https://hub.example", "Sec-Fetch-Site": "cross-site"}


@dataclass
class Tally:
    """What became of the mutants, by kind; `milliseconds`: how long each refusal took."""

    refused: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        slowest = statistics.quantiles(self.milliseconds, n=100)[98]
        mark = "✓" if slowest < P99_LIMIT else "✗"
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.refused.items()))
        return (
            f"{self.refused.total()} mutants refused ({kinds}); {self.harmless.total()} others said what the hub had "
            f"signed and nothing else. {mark} p99 of the refusals {slowest:.1f} ms, target {P99_LIMIT:.0f}"
        )


def post(world: World, mutant: Mutant) -> TestResponse:
    return world.client.post("/saml/acs", data=mutant.form, headers=_FROM_THE_HUB, base_url=PUBLIC_URL)


def grown(world: World, listener: str) -> Corpus:
    return Corpus(world.hub.answer(world.start(), cpr("freja")), world.hub.key, world.hub.certificate, listener)


def logged_in(world: World) -> int:
    with world.app.extensions["resetapp"].database.reading() as db:
        return db.query(Login).where(Login.completed_at.is_not(None)).count()


def is_honest(corpus: Corpus, mutant: Mutant) -> bool:
    """The hub's own assertion came through, and what was read is what it had signed, to the octet."""
    return mutant.plain is None or corpus.signed_form(mutant.plain) == corpus.honest_form


def judge(world: World, corpus: Corpus, mutant: Mutant, tally: Tally) -> bool:
    """Posts it. True: it was let in, as the honest one it is; then the request is used up and a new one is needed."""
    begun = time.perf_counter()
    with WATCH.asked() as asked:
        answer = post(world, mutant)
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code < 500, mutant.kind
    if answer.status_code == 303:
        assert is_honest(corpus, mutant), mutant.kind
        tally.harmless[mutant.kind] += 1
        return True
    assert asked == [], mutant.kind
    tally.refused[mutant.kind] += 1
    tally.milliseconds.append(taken)
    return False


def test_ten_thousand_mutants_log_nobody_in(
    make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]
) -> None:
    most = 100_000
    limits = Limits(most, most, most, most, most, failed_answers_per_login=most)
    world, tally = make_world(limits=limits), Tally()
    with nobody_may_call() as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        while tally.refused.total() < MUTANTS:
            corpus = grown(world, address)
            for mutant in corpus.mutants(SEED + tally.harmless.total()):
                if judge(world, corpus, mutant, tally) or tally.refused.total() >= MUTANTS:
                    break
        assert not called(listener)
    assert logged_in(world) == tally.harmless.total()
    with capsys.disabled():
        print(f"\n{tally}")
