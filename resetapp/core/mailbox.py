"""Addresses to which a mail may be sent, judged strictly.

What stands in a directory was perhaps written by the person. An address with a line break would add headers, one with
a comma further recipients; quotes, routes (`%`, `!`), pipes and leading hyphens have been taken for commands by mail
servers. So only the plain form passes that nearly every address has: a part of RFC 5321's Mailbox, ASCII alone.
"""

import re

_LONGEST, _LONGEST_LOCAL = 254, 64  # RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3, without the brackets
_ATOM = r"[A-Za-z0-9_+'&=~^-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX = re.compile(rf"(?!-){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")


def is_mailbox(text: str) -> bool:
    """Is it one plain address, `freja@example.dk`, and nothing else?"""
    fits = len(text) <= _LONGEST and text.find("@") <= _LONGEST_LOCAL
    return fits and _MAILBOX.fullmatch(text) is not None


def masked(address: str) -> str:
    """`f…@example.dk`: enough for support to say where a mail went, not enough to write to."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
