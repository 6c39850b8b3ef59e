"""Who of many accounts is surely in no privileged group of Active Directory, with each group read once for a run.

The judge is `tokenGroups`, which the server computes for one account at a time: two milliseconds each, and minutes for
tens of thousands. What an account's own entry says, its `memberOf` and its primary group, followed up through the
groups, tells the same where all of it can be seen. So this only ever clears an account; whoever it does not clear,
for membership or for doubt, is judged by `tokenGroups` like anybody else, and it can never be laxer (MS-ADTS
3.1.1.4.5.19). Doubt is: an attribute that may be hidden from us, a list that came in part, a group that cannot be
read, and a forest of several domains, where a group of another domain may hold the account without our seeing it.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from resetapp.directory import sids
from resetapp.directory.entries import Entry, Unreadable
from resetapp.directory.filters import equals, every, holds, present, some, without
from resetapp.directory.flavours.flavour import Bulk
from resetapp.directory.groups import Members
from resetapp.directory.messages import Search
from resetapp.directory.names import DistinguishedName, InvalidName
from resetapp.directory.results import Result
from resetapp.directory.session import Session

_ID, _SID, _OLD_SIDS, _PRIMARY, _GROUPS = "objectGUID", "objectSid", "sIDHistory", "primaryGroupID", "memberOf"
_IN_PART = (f"{_GROUPS};".lower(), f"{_OLD_SIDS};".lower())  # ";range=0-1499" (MS-ADTS 3.1.1.3.1.3.3)
_SEES_GROUPS = some([present(_GROUPS), without(present(_GROUPS))])  # neither is true of what may not be seen
_ONE_GROUP = every(equals("objectClass", "group"), _SEES_GROUPS)
_ONE_DOMAIN = every(equals("objectClass", "crossRef"), present("nETBIOSName"))  # of all the forest's naming contexts
_TOGETHER = 50  # groups asked for before the first answer is read


@dataclass(frozen=True, slots=True)
class _Group:
    """`within`: the names of the groups that it is in itself."""

    sids: frozenset[str]
    within: tuple[str, ...]


class GroupGraph:
    """Of one run. What it has read of a group is good until the run's end, as if all had been judged at its start."""

    def __init__(self) -> None:
        """No network yet."""
        self._groups: dict[str, _Group | None] = {}  # None: it cannot be read, or not all of it
        self._verdicts: dict[tuple[frozenset[str], frozenset[str]], bool] = {}
        self._complete: bool | None = None

    def cleared(self, entries: Sequence[Entry], members: Members, session: Session) -> frozenset[str]:
        """The ids of those in no group of `members` and no privileged one. Raises SessionBroken."""
        if self._complete is None:
            self._complete = _is_only_domain(session)
        within = {entry.octets(_ID): names for entry in entries if self._complete and (names := _names(entry))}
        silent = [ids for entry in entries if (ids := entry.octets(_ID)) in within and not entry.octets(_GROUPS)]
        hidden = set(silent) - _that_see_their_groups(silent, session)
        asked = {ids: names for ids, names in within.items() if ids not in hidden}
        self._read(frozenset().union(*asked.values()), session)
        return frozenset(guid_of(ids[0]) for ids, names in asked.items() if self._clears(names, members.sids))

    def _read(self, names: Collection[str], session: Session) -> None:
        """These groups, and all that they are in, as far as they are not known yet."""
        while unknown := [name for name in names if name not in self._groups]:
            for start in range(0, len(unknown), _TOGETHER):
                part = unknown[start : start + _TOGETHER]
                searches = [Search(name, _ONE_GROUP, (_SID, _OLD_SIDS, _GROUPS), subtree=False) for name in part]
                with session.asked_ahead(searches):
                    self._groups |= zip(part, map(_group, map(session.ask, searches)), strict=True)
            read = [group for name in unknown if (group := self._groups[name])]
            names = list(dict.fromkeys(name for group in read for name in group.within))

    def _clears(self, names: frozenset[str], protected: frozenset[str]) -> bool:
        """Most accounts have the same groups as many others."""
        known = self._verdicts.get((names, protected))
        if known is None:
            known = all(group and _is_ordinary(group.sids, protected) for group in self._upward(names))
            self._verdicts[names, protected] = known
        return known

    def _upward(self, names: Iterable[str]) -> Iterator[_Group | None]:
        """Groups may be in each other."""
        waiting = list(names)
        seen = set(waiting)
        while waiting:
            group = self._groups[waiting.pop()]
            yield group
            new = set(group.within) - seen if group else set()
            seen |= new
            waiting += new


def guid_of(octets: bytes) -> str:
    return str(uuid.UUID(bytes_le=octets))


def _is_only_domain(session: Session) -> bool:
    """In its forest: then no group that could hold our accounts lies where we do not look."""
    ours, everything = session.root.shown("defaultNamingContext"), session.root.shown("configurationNamingContext")
    if not ours or not everything:
        return False
    code, found = session.sample(f"CN=Partitions,{everything}", _ONE_DOMAIN, ["nCName"])
    try:
        domains = [DistinguishedName.parse(entry.shown("nCName")) for entry in found]
        return code == Result.SUCCESS and domains == [DistinguishedName.parse(ours)]
    except InvalidName:
        return False


def _names(entry: Entry) -> frozenset[str]:
    """Of the groups that an account is in directly, the primary one by its SID; none when that cannot be told."""
    try:
        primary, [sid] = entry.number(_PRIMARY), map(sids.text_of, entry.octets(_SID))
        if (
            primary is None
            or [len(each) for each in entry.octets(_ID)] != [16]
            or _is_partial(entry)
            or entry.octets(_OLD_SIDS)
        ):
            return frozenset()
        return frozenset((f"<SID={sid.rpartition('-')[0]}-{primary}>", *entry.texts(_GROUPS)))
    except ValueError:
        return frozenset()


def _is_partial(entry: Entry) -> bool:
    return any(name.startswith(_IN_PART) for name in entry.attributes)


def _that_see_their_groups(ids: Sequence[tuple[bytes, ...]], session: Session) -> set[tuple[bytes, ...]]:
    """Of accounts without a group beside the primary one: those of whom we would see it if they had some."""
    if not ids:
        return set()
    these = every(some(holds(_ID, each[0]) for each in ids), _SEES_GROUPS)
    code, found = session.sample(session.root.shown("defaultNamingContext"), these, [_ID])
    return {entry.octets(_ID) for entry in found} if code == Result.SUCCESS else set()


def _group(answer: tuple[int, list[Entry]]) -> _Group | None:
    code, found = answer
    try:
        if code != Result.SUCCESS or len(found) != 1 or _is_partial(found[0]) or not found[0].octets(_SID):
            return None
        known = frozenset(map(sids.text_of, (*found[0].octets(_SID), *found[0].octets(_OLD_SIDS))))
        return _Group(known, found[0].texts(_GROUPS))
    except Unreadable:
        return None


def _is_ordinary(held: frozenset[str], protected: frozenset[str]) -> bool:
    return not held & protected and not any(map(sids.is_privileged_group, held))


MANY = Bulk(
    attributes=(_PRIMARY, _GROUPS, _OLD_SIDS),
    spared=frozenset({"msDS-ResultantPSO"}),  # computed, too; and a password's rules are nothing to a list of accounts
    clearing=lambda: GroupGraph().cleared,
)
