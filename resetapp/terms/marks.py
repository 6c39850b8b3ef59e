"""The clause about the marks of MitID and NemLog-in: T19."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from resetapp.terms.clause import Point, declared, fact
from resetapp.terms.inspection import OPEN_PAGES, Inspection, said

MARKS = re.compile(r"MitID|NemLog-in", re.IGNORECASE)
_PICTURE = "/mark"
_LOOK = re.compile(rf"""class=["'][^"']*\bmitid\b|src=["']{_PICTURE}\b""")  # their button, their picture
_WHERE_IT_STARTS = "/"


def marks(look: Inspection) -> Iterator[Point]:
    name = urlsplit(look.settings.service.public_url).netloc
    named = [each for each in (name, *_names(look)) if MARKS.search(each)]
    yield fact("T19.own_names", not named, ", ".join(named or (name, *_names(look))))
    pages = dict(look.every_page())
    titles = [path for path, page in pages.items() if any(map(MARKS.search, _titles(page)))]
    yield fact("T19.titles", not titles, ", ".join(titles))
    looks = [path for path, page in pages.items() if _LOOK.search(page) and path != _WHERE_IT_STARTS]
    yield fact("T19.only_at_login", not looks, ", ".join(looks or [_WHERE_IT_STARTS]))
    closed = _closed(look)
    left = [path for path, page in closed.items() if MARKS.search(page) or _LOOK.search(page)]
    yield fact("T19.off_removes_all", not left, ", ".join(left or closed))
    if look.settings.service.secure:  # a demo on this machine alone has no agreement, and so no mark
        yield from declared(look, "mark_file")


def _closed(look: Inspection) -> Mapping[str, str]:
    """What is left when the login is closed, the picture's own address included."""
    with look.record(replace(look.rehearsal.settings.terms, login=False)) as rehearsal:
        pages = {path: "".join(look.shown(path).values()) for path in OPEN_PAGES}
        pages |= {"/login": said(rehearsal.get("/login")), "/saml/acs": said(rehearsal.log_in().answer)}
        gone = rehearsal.get(_PICTURE).status_code == 404
        return pages | {_PICTURE: "" if gone else f'src="{_PICTURE}"'}


def _names(look: Inspection) -> tuple[str, ...]:
    wayf, institution = look.settings.wayf, look.settings.institution
    return wayf.service_name, wayf.service_name_en, institution.name, institution.name_en


def _titles(page: str) -> list[str]:
    return re.findall(r"<title>(.*?)</title>", page, re.DOTALL)
