"""One line of `resetapp check-config`: what was looked at, whether it holds, and what to do if not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`subject` names the part (settings, hub metadata, directory "people" …), `name` the thing checked."""

    subject: str
    name: str
    ok: bool
    detail: str  # what was found; never a secret, never a personal number
    remedy: str = ""  # what to do; only when not ok
