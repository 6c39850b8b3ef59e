"""What the owner of an account is told, as a mail: plain text, no link, nothing to press, nothing secret.

People learn from such mails what a true one looks like. So there is no address to follow, not even our own, which mail
programs would turn into a link; and MitID is named as how somebody logged in, never as what the password belongs to
(WAYF's terms, T17 and T19).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from resetapp import texts
from resetapp.core.mailbox import is_mailbox
from resetapp.settings import Institution, Mail

_ODD = re.compile(r"[^\w.@+ '-]|www\.", re.IGNORECASE)  # in a username: what could be a link, or break the line
_LONGEST_USERNAME = 64
_UNFOLDED = SMTP.clone(max_line_length=500)  # the library doubles a space where it breaks a line before a Danish letter


@dataclass(frozen=True, slots=True)
class Facts:
    """What one mail tells. `key`: "changed", "presumed" or "unlocked". `ident`: lasting, so that a repeated mail is
    known to be the same one.
    """

    ident: str
    key: str
    address: str
    language: str
    username: str
    reference: str
    at: datetime


class Letters:
    """Writes the mails of one institution."""

    def __init__(self, mail: Mail, institution: Institution, *, marks: bool) -> None:
        """`marks`: may MitID be named at all? Not while the login is closed (T8, T20)."""
        self._mail = mail
        self._institution = institution
        self._marks = marks

    def write(self, facts: Facts, now: datetime) -> bytes:
        """As it goes over the wire. Raises ValueError for what is more than one plain address (header injection)."""
        if not is_mailbox(facts.address):
            raise ValueError("not a mailbox")
        domain = self._mail.from_address.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._name(facts.language), addr_spec=self._mail.from_address)
        message["To"] = Address(addr_spec=facts.address)
        if self._mail.reply_to:
            message["Reply-To"] = Address(addr_spec=self._mail.reply_to)
        message["Subject"] = texts.text(facts.language, f"mail.{facts.key}.subject", **self._values(facts))
        message["Date"] = now
        message["Message-ID"] = f"<{facts.ident}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
        message["Content-Language"] = facts.language
        message.set_content(self._body(facts), cte="quoted-printable")
        return message.as_bytes(policy=_UNFOLDED)

    def _name(self, language: str) -> str:
        return self._institution.name_en if language == "en" else self._institution.name

    def _values(self, facts: Facts) -> dict[str, str]:
        username = _ODD.sub("?", facts.username)[:_LONGEST_USERNAME]
        return {
            "org": self._name(facts.language),
            "username": username,
            "time": texts.date_time(facts.language, facts.at),
            "phone": self._institution.support_phone,
            "code": facts.reference,
        }

    def _body(self, facts: Facts) -> str:
        values = self._values(facts)
        paragraphs = [[texts.text(facts.language, key, **values) for key in part] for part in self._parts(facts.key)]
        return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"

    def _parts(self, key: str) -> list[list[str]]:
        """The keys of the texts, paragraph by paragraph."""
        about = [f"mail.{key}.body", *(["mail.how"] if self._marks else [])]
        stolen = [["mail.mitid"]] if self._marks else []
        gained = [["mail.own_password"]] if self._marks and key != "unlocked" else []
        automatic = "mail.auto_reply" if self._mail.reply_to else "mail.auto"
        return [
            *(["mail.hello"], about, ["mail.you", "mail.not_you"], *stolen, *gained),
            *(["mail.no_links"], ["mail.reference", automatic], ["mail.sender"]),
        ]
