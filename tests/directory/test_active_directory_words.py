"""What Active Directory says, and what it means (MS-ADTS, MS-DTYP 2.4.2, and Samba's source). No server is asked."""

import pytest

from resetapp.core.outcomes import Refusal
from resetapp.directory import sids
from resetapp.directory.entries import Unreadable
from resetapp.directory.flavours.active_directory import ACTIVE_DIRECTORY
from resetapp.directory.session import Answer


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        (53, "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0\n\0", Refusal.BY_POLICY),
        (19, "0000052d: AtrErr: DSID-03191083, #1: 0: 0000052D: DSID-03191083, problem 1005", Refusal.BY_POLICY),
        (19, "0000052D: ... the password is too short. It should be ...", Refusal.TOO_SHORT),
        (53, "0000052D: ... the password was already used (in history)!", Refusal.USED_BEFORE),
        (53, "0000052D: ... the password was already used (previous password)!", Refusal.USED_BEFORE),
        (19, "0000052D: ... password is too young to change!", Refusal.TOO_YOUNG),
        (53, "00002035: setup_io: it's not allowed to set the NT hash password directly'", None),
        (53, "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0", None),
        (50, "0000052D: in a refusal for another cause", None),
        (0, "", None),
    ],
)
def test_only_052d_is_about_the_password(code: int, text: str, refusal: Refusal | None) -> None:
    assert ACTIVE_DIRECTORY.writing.refusal(Answer(code, None, text)) is refusal


@pytest.mark.parametrize(
    ("data", "proof"),
    [
        ("525", False),
        ("52e", False),
        ("530", True),
        ("531", True),
        ("532", True),
        ("533", True),
        ("701", True),
        ("773", True),
        ("775", False),
    ],
)
def test_some_refused_logins_prove_the_password(data: str, proof: bool) -> None:
    text = f"80090308: LdapErr: DSID-0C090434, comment: AcceptSecurityContext error, data {data}, v4563\0"
    assert ACTIVE_DIRECTORY.writing.proves(Answer(49, None, text)) is proof
    assert not ACTIVE_DIRECTORY.writing.proves(Answer(52, None, text))


def test_identifiers_are_read() -> None:
    domain_admins = bytes.fromhex("0105000000000005150000000a000000140000001e00000000020000")
    assert sids.text_of(domain_admins) == "S-1-5-21-10-20-30-512"
    assert sids.text_of(bytes.fromhex("01020000000000052000000020020000")) == "S-1-5-32-544"
    for broken in (b"", b"\1", domain_admins[:-1], domain_admins + b"\0", b"\2" + domain_admins[1:]):
        with pytest.raises(Unreadable):
            sids.text_of(broken)


@pytest.mark.parametrize(
    ("sid", "privileged"),
    [
        ("S-1-5-21-1-2-3-512", True),
        ("S-1-5-21-1-2-3-519", True),
        ("S-1-5-21-1-2-3-525", True),
        ("S-1-5-32-544", True),
        ("S-1-5-32-548", True),
        ("S-1-5-32-545", False),  # Users
        ("S-1-5-21-1-2-3-513", False),  # Domain Users
        ("S-1-5-21-1-2-3-1512", False),
        ("S-1-5-32-512", False),
    ],
)
def test_privileged_groups(sid: str, privileged: bool) -> None:
    assert sids.is_privileged_group(sid) is privileged
