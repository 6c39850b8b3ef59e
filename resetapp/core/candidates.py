"""What a visit remembers of the accounts that were found: enough to choose one, no personal number."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from resetapp.core.accounts import USABLE, AccountKey, AccountState, DirectoryAccount, DirectoryPolicy

_NOTHING_TOLD = DirectoryPolicy()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account of the person, as it was at the match. Before a write the directory is asked again."""

    key: AccountKey
    username: str
    display_name: str
    state: AccountState
    password_changed_at: datetime | None
    changes_at: datetime | None
    kind: str = ""
    names: tuple[str, ...] = ()  # words that no password of this person may contain, as the directory had them
    policy: DirectoryPolicy = field(default_factory=DirectoryPolicy)
    link: str = ""  # as in `DirectoryAccount`

    @property
    def usable(self) -> bool:
        return self.state in USABLE

    @classmethod
    def of(cls, account: DirectoryAccount) -> "Candidate":
        return cls(
            key=account.key,
            username=account.username,
            display_name=account.display_name,
            state=account.state,
            password_changed_at=account.password_changed_at,
            changes_at=account.changes_at,
            kind=account.kind,
            names=_further_names(account),
            policy=account.policy,
            link=account.link,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "directory": self.key.directory,
            "entry_id": self.key.entry_id,
            "username": self.username,
            "display_name": self.display_name,
            "state": self.state.value,
            "password_changed_at": _written(self.password_changed_at),
            "changes_at": _written(self.changes_at),
            "kind": self.kind,
            "names": list(self.names),
            "policy": asdict(self.policy) if self.policy != _NOTHING_TOLD else {},
            **({"link": self.link} if self.link else {}),
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> "Candidate":
        return cls(
            key=AccountKey(facts["directory"], facts["entry_id"]),
            username=facts["username"],
            display_name=facts["display_name"],
            state=AccountState(facts["state"]),
            password_changed_at=_read(facts["password_changed_at"]),
            changes_at=_read(facts["changes_at"]),
            kind=facts["kind"],
            names=tuple(facts.get("names", ())),  # a visit that began before an upgrade has neither
            policy=DirectoryPolicy(**facts.get("policy", {})),
            link=facts.get("link", ""),
        )


def _further_names(account: DirectoryAccount) -> tuple[str, ...]:
    """What the two shown names do not tell, and no more: of a mail address the part before the @."""
    parts = dict.fromkeys(name.partition("@")[0] for name in account.names)
    return tuple(part for part in parts if part not in ("", account.username, account.display_name))


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
