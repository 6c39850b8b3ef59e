"""Logging in to the embedded Active Directory: what stands in the way, and what a wrong password does."""

from datetime import datetime

from resetapp.demo.domain_policy import Policy
from resetapp.demo.domain_values import DISABLED, LOCKED, NEVER_EXPIRES, PASSWORD_EXPIRED, SMARTCARD, filetime, moment
from resetapp.demo.ldap_node import Node, Refused

# sub-codes of a refused login, hexadecimal numbers of Windows errors (MS-ERREF 2.2)
WRONG, EXPIRED_PASSWORD, CLOSED, EXPIRED, MUST_CHANGE, LOCKED_OUT = "52e", "532", "533", "701", "773", "775"
_CONTROL, _LOCKOUT, _CHANGED = "userAccountControl", "lockoutTime", "pwdLastSet"
_FAILURES, _FAILED_AT = "badPwdCount", "badPasswordTime"


def refused(code: str) -> Refused:
    return Refused(49, f"80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data {code}, v4f7c")


def computed_flags(node: Node, policy: Policy, now: datetime) -> int:
    """msDS-User-Account-Control-Computed (MS-ADTS 3.1.1.4.5.17)."""
    locked = LOCKED if _is_locked(node, policy, now) else 0
    return locked | (PASSWORD_EXPIRED if _password_is_over(node, policy, now) else 0)


def _is_locked(node: Node, policy: Policy, now: datetime) -> bool:
    since = moment(node.number(_LOCKOUT))
    return since is not None and (policy.lasting is None or now < since + policy.lasting)


def _password_is_over(node: Node, policy: Policy, now: datetime) -> bool:
    if node.number(_CONTROL) & NEVER_EXPIRES:
        return False
    changed = moment(node.number(_CHANGED))
    return changed is None or (policy.age is not None and now >= changed + policy.age)


def log_in(node: Node, password: bytes, policy: Policy, now: datetime) -> None:
    """A lock hides whether the password was right; everything else is only told to who knows it. Raises Refused."""
    if _is_locked(node, policy, now):
        raise refused(LOCKED_OUT)
    by_card = node.number(_CONTROL) & SMARTCARD  # no password opens it
    if by_card or node.password is None or not node.password.is_from(password):
        _note_failure(node, policy, now)
        raise refused(WRONG)
    end = moment(node.number("accountExpires"))
    if node.number(_CONTROL) & DISABLED:
        raise refused(CLOSED)
    if end is not None and end <= now:
        raise refused(EXPIRED)
    if _password_is_over(node, policy, now):
        raise refused(EXPIRED_PASSWORD if node.number(_CHANGED) else MUST_CHANGE)
    lift_lock(node)


def _note_failure(node: Node, policy: Policy, now: datetime) -> None:
    last = moment(node.number(_FAILED_AT))
    counts_on = last is not None and (policy.window is None or now < last + policy.window)
    failures = (node.number(_FAILURES) if counts_on else 0) + 1
    node.put(_FAILURES, [str(failures)])
    node.put(_FAILED_AT, [filetime(now)])
    if 0 < policy.threshold <= failures:
        node.put(_LOCKOUT, [filetime(now)])


def lift_lock(node: Node) -> None:
    node.put(_FAILURES, ["0"])
    if node.values(_LOCKOUT):
        node.put(_LOCKOUT, ["0"])
