"""Search filters (RFC 4515), built from escaped parts, and the forms in which directories hold a CPR number."""

import re
from collections.abc import Iterable

from resetapp.core.cpr import CprNumber, InvalidCpr

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]")
_PLACE = re.compile(r"\{cpr-?\}")


def equals(attribute: str, value: str) -> str:
    """The only place where a value gets into a filter. `attribute` comes from the settings or from us."""
    return f"({_checked(attribute)}={escaped(value)})"


def holds(attribute: str, value: bytes) -> str:
    """For values that are octets and no text, such as objectGUID."""
    return f"({_checked(attribute)}={_hex(value)})"


def escaped(value: str) -> str:
    """RFC 4515, section 3, but every octet that is no ASCII letter or digit is escaped, not only the dangerous ones.

    So nothing in a value can be syntax (ASVS 1.2.6), and no layer below can trim or reinterpret spaces.
    """
    return _NOT_PLAIN.sub(_octets, value)


def _octets(found: re.Match[str]) -> str:
    return _hex(found[0].encode("utf-8", "replace"))


def _hex(octets: bytes) -> str:
    return "".join(f"\\{octet:02x}" for octet in octets)


def present(attribute: str) -> str:
    return f"({_checked(attribute)}=*)"


def every(*parts: str) -> str:
    return f"(&{''.join(parts)})"


def some(parts: Iterable[str]) -> str:
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"(|{''.join(listed)})"


def without(part: str) -> str:
    return f"(!{part})"


def _checked(attribute: str) -> str:
    if not _ATTRIBUTE.fullmatch(attribute):
        raise ValueError("not the name of an attribute")
    return attribute


class CprForms:
    """The settings' `cpr_values`: each is a text with {cpr} (ten digits) or {cpr-} (DDMMYY-SSSS) in it."""

    def __init__(self, templates: Iterable[str]) -> None:
        """Raises ValueError for a template that does not hold the number exactly once."""
        self._templates = tuple(templates)
        if not self._templates or any(len(_PLACE.findall(template)) != 1 for template in self._templates):
            raise ValueError("a CPR value must hold {cpr} or {cpr-} exactly once")
        self._patterns = tuple(map(_pattern, self._templates))

    def values(self, cpr: CprNumber) -> tuple[str, ...]:
        """Every form in which this number may stand in the directory."""
        return self.forms_of(cpr.digits)

    def forms_of(self, digits: str) -> tuple[str, ...]:
        with_hyphen = f"{digits[:6]}-{digits[6:]}"
        return tuple(template.replace("{cpr-}", with_hyphen).replace("{cpr}", digits) for template in self._templates)

    def numbers(self, values: Iterable[str]) -> frozenset[CprNumber]:
        """The numbers in an entry's values. What has another form is no number of ours and is left out."""
        return frozenset(number for value in values for number in self._read(value))

    def _read(self, value: str) -> Iterable[CprNumber]:
        for found in (pattern.fullmatch(value) for pattern in self._patterns):
            if found:
                try:
                    yield CprNumber.parse(found[1])
                except InvalidCpr:
                    continue


def _pattern(template: str) -> re.Pattern[str]:
    """Case is ignored because servers ignore it in most attributes."""
    before, place, after = re.split(r"(\{cpr-?\})", template)
    digits = r"([0-9]{6}-[0-9]{4})" if place == "{cpr-}" else r"([0-9]{10})"
    return re.compile(re.escape(before) + digits + re.escape(after), re.IGNORECASE)
