"""A text that must never be shown: a password, a bind credential, a key."""

import hmac
from typing import NoReturn


class Secret:
    """Holds a text that no log line, exception, ``repr`` or pickle can give away (ASVS 14.2.1, 16.2.5).

    Only `reveal` hands the text out. It is called where the text leaves for its one destination: the LDAP
    message, the signing function, the rule that judges a new password.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")
