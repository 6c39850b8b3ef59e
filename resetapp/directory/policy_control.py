"""The password policy control (draft-behera-ldap-password-policy-11, section 6): why a password was refused."""

from enum import IntEnum

OID = "1.3.6.1.4.1.42.2.27.8.5.1"
REQUEST = (OID, False, None)  # not critical: without the control there is still a result code


class PolicyError(IntEnum):
    PASSWORD_EXPIRED = 0
    ACCOUNT_LOCKED = 1
    CHANGE_AFTER_RESET = 2
    PASSWORD_MOD_NOT_ALLOWED = 3
    MUST_SUPPLY_OLD_PASSWORD = 4
    INSUFFICIENT_PASSWORD_QUALITY = 5
    PASSWORD_TOO_SHORT = 6
    PASSWORD_TOO_YOUNG = 7
    PASSWORD_IN_HISTORY = 8
    PASSWORD_TOO_LONG = 9


def policy_error(value: bytes) -> PolicyError | None:
    """The error in a response control's value, or None when there is none or it cannot be read.

    `PasswordPolicyResponseValue ::= SEQUENCE { warning [0] …, error [1] ENUMERATED }` with implicit tags.
    """
    try:
        tag, body, _ = _element(value, 0)
        place = 0
        while tag == 0x30 and place < len(body):
            part_tag, part, place = _element(body, place)
            if part_tag == 0x81:
                return PolicyError(int.from_bytes(part, "big"))
    except (IndexError, ValueError):  # a control we cannot read tells nothing; the result code still does
        return None
    return None


def _element(data: bytes, start: int) -> tuple[int, bytes, int]:
    """Tag, content and the place behind it. Lengths may be in the long form even when short (389-DS sends them so)."""
    tag, length, start = data[start], data[start + 1], start + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    end = start + length
    if end > len(data):
        raise ValueError("too short")
    return tag, data[start:end], end
