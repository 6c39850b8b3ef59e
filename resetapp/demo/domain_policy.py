"""Password policies of the embedded Active Directory: the domain's, and fine-grained ones (MS-SAMR 3.1.1.7)."""

from dataclasses import dataclass
from datetime import timedelta

from resetapp.demo.domain_values import interval, is_complex, length
from resetapp.demo.ldap_node import Node, Refused

_BROKEN_RULE = "0000052D: Constraint violation - check_password_restrictions: "
_COMPLEX = 1  # DOMAIN_PASSWORD_COMPLEX


@dataclass(frozen=True, slots=True)
class Policy:
    """`threshold` 0: wrong passwords lock nobody. `lasting` and `age` None: for ever."""

    minimum: int
    history: int
    complexity: bool
    threshold: int
    lasting: timedelta | None  # how long a lock holds
    window: timedelta | None  # after this long, wrong passwords are counted anew
    age: timedelta | None  # of a password, at most

    @classmethod
    def of_domain(cls, head: Node) -> "Policy":
        return cls(
            minimum=head.number("minPwdLength"),
            history=head.number("pwdHistoryLength"),
            complexity=bool(head.number("pwdProperties") & _COMPLEX),
            threshold=head.number("lockoutThreshold"),
            lasting=interval(head.number("lockoutDuration")),
            window=interval(head.number("lockOutObservationWindow")),
            age=interval(head.number("maxPwdAge")),
        )

    @classmethod
    def fine_grained(cls, settings: Node) -> "Policy":
        """`settings`: an entry of the class msDS-PasswordSettings."""
        return cls(
            minimum=settings.number("msDS-MinimumPasswordLength"),
            history=settings.number("msDS-PasswordHistoryLength"),
            complexity=settings.text("msDS-PasswordComplexityEnabled") == "TRUE",
            threshold=settings.number("msDS-LockoutThreshold"),
            lasting=interval(settings.number("msDS-LockoutDuration")),
            window=interval(settings.number("msDS-LockoutObservationWindow")),
            age=interval(settings.number("msDS-MaximumPasswordAge")),
        )

    def demand(self, password: str, node: Node, *, with_history: bool) -> None:
        """Raises Refused: 53 with Samba's words, as Samba does from 4.24 on. Windows never says which rule it was."""
        if length(password) < self.minimum:
            _refuse(f"the password is too short. It should be equal or longer than {self.minimum} characters!")
        if self.complexity and not is_complex(password):
            _refuse("the password does not meet the complexity criteria!")
        used = [old for old in (node.password, *node.history) if old is not None][: self.history]
        if with_history and any(old.is_from(password.encode()) for old in used):
            _refuse("the password was already used (in history)!")


def _refuse(words: str) -> None:
    raise Refused(53, _BROKEN_RULE + words)
