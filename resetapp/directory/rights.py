"""For check-config: has the service account the rights it needs, and no others?

The one line that needs explaining is "right to set passwords". No server tells what somebody may do to a password,
and a trial must not write. So something is asked that no server can do, and the way it is refused tells:

- OpenLDAP and 389-DS: remove one value of userPassword that no entry has, 32 random octets. slapd looks in this order:
  is the entry there (32), may the caller write the attribute (50), can the change be made (16). A caller without the
  right hears 50, one with it hears 16. The right to remove a value is half of the right to replace it; access rules
  that grant the halves apart are not told apart.
- 389-DS, whether the policy holds for the service account: the same removal, and in the same modify a hash as the new
  value. Only a password administrator (passwordAdminDN) may hand over a hash, and that is looked at first: 19. An
  administrator gets as far as the removal and hears 16. What cannot be removed stops the whole modify, so the hash is
  never stored; it is 28 random octets, of nobody's password. Seen on 389-DS 2.3; FreeIPA may not let it be told.
- Active Directory: set unicodePwd to one octet, which is no UTF-16 and has no quotes. A caller without the right hears
  50, one with it hears 53 or 19 (seen on Samba; on Windows the order of these two questions is not documented).
"""

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from resetapp.core.checks import Check
from resetapp.directory import filters
from resetapp.directory.accounts import AccountReader
from resetapp.directory.entries import Entry, Unreadable, generalized_time
from resetapp.directory.flavours import Flavour
from resetapp.directory.messages import whether_readable
from resetapp.directory.results import Result
from resetapp.directory.session import Answer, Session
from resetapp.settings.model import DirectoryKind, DirectorySettings

_LOOK = "Look at the server's log"
_CLOCKS_APART = 30  # seconds
_POLICY, _SET, _CANARY = "password policy", "right to set passwords", "protected canary"
_SELF_WRITABLE = bytes.fromhex("86b8b5774a94d111aebd0000f80367c1")
"""77b5b886-944a-11d1-aebd-0000f80367c1, the property set Personal-Information: everybody may write their own."""


def _nobodys_hash() -> bytes:
    """In the form of a salted SHA-1, which every 389-DS knows for a hash."""
    return b"{SSHA}" + base64.b64encode(secrets.token_bytes(28))


class RightsChecks:
    """One run over one open session."""

    def __init__(self, settings: DirectorySettings, flavour: Flavour, reader: AccountReader, session: Session) -> None:
        self._settings = settings
        self._flavour = flavour
        self._reader = reader
        self._session = session
        self._subject = f'directory "{settings.name}"'

    def run(self, samples: list[Entry]) -> Iterator[Check]:
        """`samples`: a few people, as the reader's attributes show them."""
        if self._settings.kind is DirectoryKind.ACTIVE_DIRECTORY:
            yield self._only_ours()
            yield self._clock()
        if samples:
            yield self._identity(samples)
            yield self._locks(samples[0])
            yield self._marks(samples[0])
            yield self._judged(samples)
            yield self._not_above_the_policy(samples[0])
            yield from self._policy_holds(samples)
            yield self._right(samples)
        if self._settings.protected.canary:
            yield self._canary(self._settings.protected.canary)

    def _good(self, name: str, detail: str) -> Check:
        return Check(self._subject, name, True, detail)

    def _bad(self, name: str, detail: str, remedy: str) -> Check:
        return Check(self._subject, name, False, detail, remedy)

    def _only_ours(self) -> Check:
        """In Active Directory most attributes may be read by all, and some written by their owners."""
        name, attribute = "CPR attribute", self._settings.cpr_attribute
        schema = self._session.root.shown("schemaNamingContext")
        _, found = self._session.sample(
            schema, filters.equals("lDAPDisplayName", attribute), ["searchFlags", "attributeSecurityGUID"]
        )
        if not found:
            return self._bad(name, f"the schema does not show {attribute}", "Correct cpr_attribute")
        if _SELF_WRITABLE in found[0].octets("attributeSecurityGUID"):
            detail = f"everybody may write their own {attribute}: they could choose whose account they get"
            return self._bad(name, detail, "Keep CPR numbers in employeeNumber (docs/directories/active-directory.md)")
        if not int(found[0].shown("searchFlags") or 0) & 128:
            detail = f"{attribute} is not confidential: everybody in the domain can read the CPR numbers"
            return self._bad(name, detail, "Set bit 128 in its searchFlags (docs/directories/active-directory.md)")
        return self._good(name, f"{attribute} is confidential, and nobody may write their own")

    def _clock(self) -> Check:
        """What became of a lost change is judged by the server's times, beside our own."""
        shown = self._session.root.shown("currentTime")
        try:
            apart = abs((generalized_time(shown, "currentTime") - datetime.now(UTC)).total_seconds())
        except Unreadable:
            return self._bad("clock", "the server does not tell its time", "Let everybody read the rootDSE")
        told = f"the server's clock and ours differ by {apart:.0f} s"
        if apart > _CLOCKS_APART:
            return self._bad("clock", told, "Let both follow a time server")
        return self._good("clock", told)

    def _identity(self, samples: list[Entry]) -> Check:
        attribute = self._flavour.identity.attribute
        if all(self._flavour.identity.read(sample) for sample in samples):
            return self._good("lasting id", f"{attribute} is readable")
        return self._bad("lasting id", f"{attribute} cannot be read", f"Let the service account read {attribute}")

    def _locks(self, sample: Entry) -> Check:
        lock = self._flavour.lock_attribute
        if self._is_readable(sample, lock):
            return self._good("closed accounts", f"{lock} is readable: closed accounts are recognised")
        return self._bad(
            "closed accounts",
            f"{lock} cannot be read: nobody will get a password, for it might open a closed account",
            f"Let the service account read {lock}",
        )

    def _marks(self, sample: Entry) -> Check:
        name, mark = "time of the last change", self._flavour.mark_attribute
        if self._is_readable(sample, mark):
            return self._good(name, f"{mark} is readable: a change whose answer is lost can be told from none")
        detail = f"{mark} cannot be read: nobody could say what became of a change whose answer is lost"
        return self._bad(name, detail, f"Let the service account read {mark}")

    def _is_readable(self, sample: Entry, attribute: str) -> bool:
        return bool(sample.octets(attribute)) or bool(self._session.ask(whether_readable(sample.dn, attribute))[1])

    def _judged(self, samples: list[Entry]) -> Check:
        """Everybody protected is what a missing right to read looks like."""
        name, protection = "ordinary accounts", self._reader.protection
        groups = protection.read_groups(self._session)
        ordinary = [sample for sample in samples if not protection.covers(sample, groups, self._session)]
        if ordinary:
            return self._good(name, f"{len(ordinary)} of {len(samples)} looked at may be changed here")
        return self._bad(
            name,
            f"all {len(samples)} looked at count as protected",
            "See whether the service account may read what tells (docs/directories/), and the table protected",
        )

    def _not_above_the_policy(self, sample: Entry) -> Check:
        attribute = self._flavour.writing.attribute
        _, seen = self._session.sample(sample.dn, "(objectClass=*)", [attribute], subtree=False)
        if any(entry.octets(attribute) for entry in seen):
            return self._bad(
                "least privilege",
                f"the service account can read {attribute}: as rootdn or with manage it stands above the policy",
                "Use an account of its own that may write the password and nothing more",
            )
        return self._good("least privilege", f"the service account cannot read {attribute}")

    def _policy_holds(self, samples: list[Entry]) -> Iterator[Check]:
        """Each of them may be under a policy of their own, with administrators of its own."""
        holds, attribute = self._flavour.writing.policy_holds, self._flavour.writing.attribute
        if holds is None:
            return
        old, new = self._flavour.writing.harmless()[1], _nobodys_hash()
        answers = [self._session.exchange_value(each.dn, attribute, old, new) for each in samples]
        told = [holds(answer) for answer in answers if answer is not None]
        if False in told:
            yield self._bad(
                _POLICY,
                "the policy does not hold for the service account: it could hand over a password as a hash",
                "Take it out of passwordAdminDN, and nsslapd-allow-hashed-passwords off (docs/directories/389ds.md)",
            )
        elif True in told:
            yield self._good(_POLICY, f"the service account must obey it for {told.count(True)} of {len(told)}")
        else:
            codes = sorted({answer.code for answer in answers if answer is not None})
            yield self._bad(_POLICY, f"cannot be told (result codes {codes})", "See passwordAdminDN for yourself")

    def _right(self, samples: list[Entry]) -> Check:
        attribute, codes = self._flavour.writing.attribute, set()
        for sample in samples:
            answer = self._ask(sample.dn)
            if answer is None:
                return self._bad(_SET, "no answer to a harmless request", _LOOK)
            if self._flavour.writing.permitted(answer):
                return self._good(_SET, f"granted: a {attribute} that cannot be was refused for that reason alone")
            codes.add(answer.code)
        if codes == {Result.INSUFFICIENT_ACCESS_RIGHTS}:
            return self._bad(
                _SET, f"the service account may not write {attribute}", "Grant it, as docs/directories/ shows"
            )
        return self._bad(_SET, f"cannot be told (result codes {sorted(codes)})", "Try with an account made for it")

    def _canary(self, dn: str) -> Check:
        """An account that the directory itself must keep from us: the last wall, should our own rules fail (R-06)."""
        answer = self._ask(dn)
        if answer is not None and answer.code == Result.INSUFFICIENT_ACCESS_RIGHTS:
            return self._good(_CANARY, "the directory refuses a change of it")
        if answer is not None and self._flavour.writing.permitted(answer):
            remedy = "Take this right away: grant it for the people's part of the tree alone, never for administrators"
            return self._bad(_CANARY, "the service account could set its password", remedy)
        told = "no answer" if answer is None else f"result code {answer.code}"
        return self._bad(_CANARY, f"cannot be told ({told})", "Correct protected.canary")

    def _ask(self, dn: str) -> Answer | None:
        operation, value = self._flavour.writing.harmless()
        attribute = self._flavour.writing.attribute
        if operation == "delete":
            return self._session.remove_value(dn, attribute, value)
        return self._session.replace(dn, {attribute: (value,)})
