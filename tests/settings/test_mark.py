"""The file with the official MitID mark: a small picture that does nothing (WAYF's terms, T19)."""

from pathlib import Path

import pytest

from resetapp.settings import load
from resetapp.settings.marks import LARGEST
from tests.builders import INVENTED_MARK
from tests.settings.written import filled_in, only_fault, with_line, write

PNG = b"\x89PNG\r\n\x1a\n and so on"
SVG = INVENTED_MARK.encode()


def named(folder: Path, name: str, octets: bytes) -> Path:
    """The settings' file, in which the mark has this name and content."""
    (folder / name).write_bytes(octets)
    return write(folder, with_line(filled_in(), "mark_file", f'"{name}"'))


def holding(inner: str) -> bytes:
    return INVENTED_MARK.replace("</svg>", f"{inner}</svg>").encode()


def test_at_first_there_is_none(folder: Path) -> None:
    assert load(write(folder, filled_in())).terms.mark_file is None


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("mark.svg", SVG),
        ("MARK.SVG", b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<!-- by hand -->\n" + SVG),
        ("mark.png", PNG),
        ("mark.png", PNG.ljust(LARGEST, b"\0")),
        ("mark.svg", holding('<use href="#a"/><path fill="url(#b)"/><image href="data:image/png;base64,AAAA"/>')),
        ("mark.svg", holding("<title>On and on = MitID</title>")),
    ],
)
def test_a_quiet_picture_is_taken(folder: Path, name: str, octets: bytes) -> None:
    path = named(folder, name, octets)
    assert load(path).terms.mark_file == folder / name


@pytest.mark.parametrize(
    ("name", "octets", "problem"),
    [
        ("mark.gif", b"GIF89a", "is neither a .svg nor a .png file"),
        ("mark.png", SVG, "is not a PNG file"),
        ("mark.svg", PNG, "is not an SVG file in UTF-8"),
        ("mark.svg", b"<html><svg></svg></html>", "is not an SVG file"),
        ("mark.svg", SVG.ljust(LARGEST + 1), "is larger than 64 KiB"),
        ("mark.png", PNG.ljust(LARGEST + 1, b"\0"), "is larger than 64 KiB"),
    ],
)
def test_what_is_no_such_picture_is_told(folder: Path, name: str, octets: bytes, problem: str) -> None:
    fault = only_fault(named(folder, name, octets))
    assert fault.key == "terms.mark_file"
    assert problem in fault.problem


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<svg:SCRIPT xmlns:svg='http://www.w3.org/2000/svg'/>",
        "<foreignObject><body/></foreignObject>",
        '<path onload="alert(1)"/>',
        "<path d='M0'onclick='alert(1)'/>",
        '<a href="javascript:alert(1)"/>',
        '<a xlink:href="https://elsewhere.example/"/>',
        '<image href="//elsewhere.example/a.png"/>',
        "<style>@import 'https://elsewhere.example/a.css'</style>",
        "<style>path { fill: url(https://elsewhere.example/a.svg) }</style>",
    ],
)
def test_an_svg_that_does_something_is_refused(folder: Path, inner: str) -> None:
    assert "holds a script" in only_fault(named(folder, "mark.svg", holding(inner))).problem


@pytest.mark.parametrize(
    "before", ["<!DOCTYPE svg>", "<?xml-stylesheet href='#a'?>", '<!DOCTYPE svg [<!ENTITY a "b">]>']
)
def test_a_doctype_or_style_sheet_is_refused(folder: Path, before: str) -> None:
    fault = only_fault(named(folder, "mark.svg", before.encode() + SVG))
    assert fault.key == "terms.mark_file"


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    fault = only_fault(write(folder, with_line(filled_in(), "mark_file", '"mark.svg"')))
    assert "names no file" in fault.problem
