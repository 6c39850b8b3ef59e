"""The examination as lines, as JSON and as a document for the file: Danish and English, dated, in one HTML file."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from lxml import etree
from lxml.builder import E

from resetapp import __version__, texts
from resetapp.settings import Settings
from resetapp.terms.clause import Finding, Point, State

_SIGNS = {State.HOLDS: "✓", State.DECLARED: "✓", State.TO_BE_DECLARED: "…", State.DOES_NOT_HOLD: "✗"}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#111;background:#fff}
article{border-top:1px solid #767676;padding:.5rem 0;break-inside:avoid}
h1{font-size:1.6rem}h2{margin-top:2.5rem}h3{margin:.5rem 0}dt{font-weight:600}dd{margin:0 0 .5rem}ul{margin:0}
.does-not-hold{color:#a00}.to-be-declared{color:#7a4a00}li,dd{overflow-wrap:anywhere}
table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.25rem .75rem;text-align:left}
@media print{body{margin:0;max-width:none;font-size:11pt}a{color:inherit}}
"""


def lines(findings: Sequence[Finding]) -> list[str]:
    """For the terminal, in English: a line for each clause, and below it what was found and what to do."""
    said: list[str] = []
    for found in findings:
        clause = found.clause
        said.append(f"{_SIGNS[found.state]} {clause.id} {clause.name}: {_state('en', found.state)}")
        for point in found.points:
            said.append(f"      {_SIGNS[point.state]} {point.sentence('en')}")
            said += [f"          → {point.remedy('en')}"] if point.remedy("en") else []
    counted = Counter(found.state for found in findings)
    return [*said, "", "; ".join(f"{_state('en', state)}: {counted[state]}" for state in State)]


def as_object(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """For programs. Texts in both languages; `state` and `proof` are lasting words."""
    return [
        {
            "id": found.clause.id,
            "name": found.clause.name,
            "state": found.state.value,
            "demand": _both(found.clause.demand),
            "proof": [proof.value for proof in found.clause.proofs],
            "points": [_point(point) for point in found.points],
        }
        for found in findings
    ]


def _point(point: Point) -> dict[str, object]:
    held = {"key": point.key, "state": point.state.value, "found": point.found}
    return held | {"evidence": _both(point.sentence), "remedy": _both(point.remedy)}


def _both(said: Callable[[str], str]) -> dict[str, str]:
    return {language: said(language) for language in texts.LANGUAGES}


def write(target: Path, findings: Sequence[Finding], settings: Settings, now: datetime) -> tuple[Path, Path]:
    """TARGET.html and TARGET.json; an older report of that name is replaced. Raises OSError."""
    page, data = (target.with_name(target.name + ending) for ending in (".html", ".json"))
    document = etree.tostring(_document(findings, settings, now), doctype="<!doctype html>", method="html")
    page.write_bytes(document)
    head = {
        "made_at": now.isoformat(timespec="seconds"),
        "version": __version__,
        "service": settings.service.public_url,
        "institution": settings.institution.name,
        "login_open": settings.terms.login_open,
        "state": {state.value: sum(found.state is state for found in findings) for state in State},
    }
    content = json.dumps(head | {"clauses": as_object(findings)}, ensure_ascii=False, indent=2)
    data.write_text(content + "\n", "utf-8")
    return page, data


def _document(findings: Sequence[Finding], settings: Settings, now: datetime) -> etree._Element:
    title = f"{texts.terms('da', 'report.title')} / {texts.terms('en', 'report.title')}"
    viewport = E.meta(name="viewport", content="width=device-width, initial-scale=1")
    head = E.head(E.meta(charset="utf-8"), viewport, E.title(title), E.style(_STYLE))
    links = [E.a(name, href=f"#{language}", lang=language) for language, name in (("da", "Dansk"), ("en", "English"))]
    parts = [_part(language, findings, settings, now) for language in texts.LANGUAGES]
    return E.html(head, E.body(E.nav(links[0], " · ", links[1]), E.main(*parts)), lang="da")


def _part(language: str, findings: Sequence[Finding], settings: Settings, now: datetime) -> etree._Element:
    """Everything in one language."""

    def said(key: str, **values: object) -> str:
        return texts.terms(language, f"report.{key}", **values)

    opened = said("login_open" if settings.terms.login_open else "login_closed")
    about = [
        (said("institution"), settings.institution.name),
        (said("service"), settings.service.public_url),
        (said("login"), opened),
        (said("status"), " → ".join(settings.terms.status_urls)),
    ]
    of_terms = [_article(language, found) for found in findings if found.clause.id.startswith("T")]
    of_policy = [_article(language, found) for found in findings if not found.clause.id.startswith("T")]
    return E.section(
        E.h1(said("title")),
        E.p(said("made", when=texts.date_time(language, now), version=__version__)),
        E.dl(*(each for term, value in about for each in (E.dt(term), E.dd(value)))),
        E.p(said("how")),
        _summary(language, findings),
        E.h2(said("terms_part")),
        *of_terms,
        E.h2(said("policy_part")),
        *of_policy,
        id=language,
        lang=language,
    )


def _summary(language: str, findings: Sequence[Finding]) -> etree._Element:
    counted = Counter(found.state for found in findings)
    rows = [E.tr(E.th(_state(language, state), scope="row"), E.td(str(counted[state]))) for state in State]
    return E.table(E.caption(texts.terms(language, "report.summary")), *rows)


def _article(language: str, found: Finding) -> etree._Element:
    clause, state = found.clause, found.state
    heading = E.h3(f"{clause.id} ", E.span(clause.name, lang="da"), f": {_SIGNS[state]} {_state(language, state)}")
    heading.set("class", state.value)
    proofs = ", ".join(texts.terms(language, f"proof.{proof}") for proof in clause.proofs)
    return E.article(
        heading,
        E.dl(
            *_described(language, "demand", E.dd(clause.demand(language))),
            *_described(language, "proof", E.dd(proofs)),
            *_described(language, "evidence", E.dd(E.ul(*(_item(language, point) for point in found.points)))),
        ),
    )


def _described(language: str, word: str, content: etree._Element) -> tuple[etree._Element, etree._Element]:
    return E.dt(texts.terms(language, f"report.{word}")), content


def _item(language: str, point: Point) -> etree._Element:
    item = E.li(f"{_SIGNS[point.state]} {point.sentence(language)} ({_state(language, point.state)})")
    item.set("class", point.state.value)
    if remedy := point.remedy(language):
        item.append(E.p(f"{texts.terms(language, 'report.remedy')}: {remedy}"))
    return item


def _state(language: str, state: State) -> str:
    return texts.terms(language, f"state.{state}")
