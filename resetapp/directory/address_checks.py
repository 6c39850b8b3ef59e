"""For check-config: can the owners of accounts be told, at addresses that the directory holds?

A directory tells neither why an attribute is not shown nor that it will never be: Active Directory answers alike for
one that is empty and for one that may not be read. So what is looked for is an address that can be written to. Without
one nobody would be told, and nothing else would show it.
"""

import re
from collections.abc import Callable, Iterator

from resetapp.core.checks import Check
from resetapp.core.mailbox import is_mailbox
from resetapp.core.mobile import e164
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.entries import Entry
from resetapp.directory.messages import whether_readable
from resetapp.directory.session import Session
from resetapp.settings.model import DirectorySettings

_NAMES = {"mail": "mail addresses", "mobile": "mobile numbers"}
_SAMPLES = 5
# of an AttributeTypeDescription (RFC 4512, section 4.1.2)
_TYPE_NAMES = re.compile(r"\bNAME\s+(?:'([^']*)'|\(([^)]*)\))")


class AddressChecks:
    """One run over one open session."""

    def __init__(self, settings: DirectorySettings, reader: AccountReader, session: Session) -> None:
        self._settings, self._reader, self._session = settings, reader, session

    def run(self, samples: list[Entry]) -> Iterator[Check]:
        """`samples`: a few people, as the reader's attributes show them. Raises SessionBroken."""
        mail, mobile = self._settings.mail_attribute, self._settings.mobile_attribute
        if mail:
            yield self._told_by("mail", mail, samples, is_mailbox)
        if mobile:
            yield self._told_by("mobile", mobile, samples, lambda text: e164(text) is not None)

    def _told_by(self, way: str, attribute: str, samples: list[Entry], usable: Callable[[str], bool]) -> Check:
        seen = samples
        if not any(entry.octets(attribute) for entry in samples):
            seen = [*samples, *self._holders(attribute)]
        written_to = sum(any(usable(value) for value in entry.all_shown(attribute)) for entry in seen)
        name, subject = _NAMES[way], f'directory "{self._settings.name}"'
        if written_to:
            detail = f"{attribute} is readable: {written_to} of {len(seen)} looked at can be written to"
            return Check(subject, name, True, detail)
        why, remedy = self._why_not(attribute, seen)
        return Check(subject, name, False, f"{why}: no owner would be told", remedy.format(key=f"{way}_attribute"))

    def _holders(self, attribute: str) -> list[Entry]:
        """People who have one, whether it may be read or not."""
        wanted = filters.every(filters.present(attribute), self._reader.person)
        base, asked_for = self._settings.base, self._reader.attributes
        return self._session.sample(base, wanted, asked_for, size_limit=_SAMPLES)[1]

    def _why_not(self, attribute: str, seen: list[Entry]) -> tuple[str, str]:
        """What is wrong, and the remedy."""
        if any(entry.octets(attribute) for entry in seen):
            return f"{attribute} is readable, and none of its values is an address we write to", "Correct {key}"
        if self._known(attribute) is False:
            return f"the schema does not know {attribute}", 'Correct {key}, or {key} = "" if nobody is to be told'
        if seen and not self._session.ask(whether_readable(seen[0].dn, attribute))[1]:
            return f"{attribute} cannot be read", "Let the service account read it, or correct {key}"
        remedy = 'Let the service account read it, correct {key}, or {key} = "" if nobody is to be told'
        return f"nobody below base shows {attribute}", remedy

    def _known(self, attribute: str) -> bool | None:
        """To the schema (RFC 4512, section 4.2). None: it is not shown to us."""
        where = self._session.root.shown("subschemaSubentry")
        if not where:
            return None
        _, found = self._session.sample(where, "(objectClass=subschema)", ["attributeTypes"], subtree=False)
        types = [each for entry in found for each in entry.all_shown("attributeTypes")]
        plain = attribute.partition(";")[0].lower()
        return plain in {name for each in types for name in _type_names(each)} if types else None


def _type_names(described: str) -> list[str]:
    """In lower case; and the OID, by which an attribute may be asked for, too."""
    found = _TYPE_NAMES.search(described)
    listed = (found[1] or found[2] or "") if found else ""
    oid = described.strip("( ").partition(" ")[0]
    return [oid, *listed.replace("'", " ").lower().split()]
