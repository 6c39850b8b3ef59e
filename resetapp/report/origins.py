"""Who asked for what the lines of the report tell of, and who said yes: found in earlier events."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from resetapp.core.code_events import CodeApproved, CodeRequested
from resetapp.core.mapping_events import MappingApproved, MappingFileApproved, MappingFileRequested, MappingRequested
from resetapp.report.contents import MOST_ACCOUNTS, Account, Line

ASKED: Final = (MappingRequested.name, CodeRequested.name)
APPROVED: Final = (MappingApproved.name, CodeApproved.name)
NAMES: Final = (*ASKED, *APPROVED, MappingFileRequested.name, MappingFileApproved.name)


@dataclass(slots=True)
class Origin:
    """Of a request. `count`: its accounts, or the rows of its file."""

    requester: str = ""
    approver: str = ""
    why: str = ""
    count: int = 0
    accounts: list[Account] = field(default_factory=list)


class Origins:
    """Holds only what the lines ask for, and each file: there are few of those."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = list(lines)
        self._requests = {line.request for line in self._lines} - {""}
        self._mappings = {line.mapping for line in self._lines} - {""}
        self._by_request: dict[str, Origin] = {}
        self._by_mapping: dict[str, Origin] = {}

    @property
    def wanted(self) -> bool:
        return bool(self._requests or self._mappings)

    def take(self, name: str, told: str | None) -> None:
        """What is erased or cannot be read says nothing."""
        try:
            facts = json.loads(told or "")
            self._take(name, str(facts["request"]), facts)
        except (ValueError, TypeError, KeyError, RecursionError):
            return

    def _take(self, name: str, request: str, facts: Mapping[str, Any]) -> None:
        if name == MappingFileRequested.name:
            who, why = str(facts["username"]), str(facts["why"])
            self._by_request[request] = Origin(who, why=why, count=int(facts["rows"]))
        elif name == MappingFileApproved.name:
            self._origin(request).approver = str(facts["username"])
        elif request in self._requests or facts.get("mapping") in self._mappings:
            self._of_account(name, self._origin(request), facts)

    def _origin(self, request: str) -> Origin:
        return self._by_request.setdefault(request, Origin())

    def _of_account(self, name: str, origin: Origin, facts: Mapping[str, Any]) -> None:
        if mapping := facts.get("mapping"):
            self._by_mapping[str(mapping)] = origin
        if name in APPROVED:
            origin.approver = str(facts["username"])
            return
        origin.requester, origin.why = str(facts["username"]), str(facts["why"])
        origin.count += 1
        if len(origin.accounts) < MOST_ACCOUNTS:
            origin.accounts.append((str(facts["account"]), str(facts["directory"])))

    def fill(self) -> None:
        for line in self._lines:
            origin = self._by_request.get(line.request) or self._by_mapping.get(line.mapping)
            if origin is None:
                continue
            line.requester, line.approver = origin.requester, origin.approver
            line.why = line.why or origin.why
            if not line.count:
                line.count, line.accounts = origin.count, origin.accounts
