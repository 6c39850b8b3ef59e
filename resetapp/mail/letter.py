"""What the owner of an account is told, as a mail: plain text, nothing secret, and nearly always no link.

People learn from such mails what a true one looks like. So there is no address to follow, not even our own, which mail
programs would turn into a link; and MitID is named as how somebody logged in, never as what the password belongs to
(WAYF's terms, T17 and T19).

There is one exception: a CPR number that is tied to an account opens it to whoever has the number, and the owner must
be able to stop that at night and without a login. That link can only ever stop it (`core.freeze`); the mail says so.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from resetapp import texts
from resetapp.core.freeze import freeze_token
from resetapp.core.mailbox import is_mailbox
from resetapp.core.notices import Facts
from resetapp.settings import Institution, Mail, Service

_UNFOLDED = SMTP.clone(max_line_length=500)  # the library doubles a space where it breaks a line before a Danish letter


_BETWEEN = "\n* * *\n\n"
_SUPPORTS = ("unlocked_by_support", "code_issued")


def languages(facts: Facts) -> tuple[str, ...]:
    """Where the owner's is not known: all."""
    return (facts.language,) if facts.language else texts.LANGUAGES


class Letters:
    """Writes the mails of one institution."""

    def __init__(self, mail: Mail, institution: Institution, service: Service, *, marks: bool) -> None:
        """`marks`: may MitID be named at all? Not while the login is closed (T8, T20)."""
        self._mail = mail
        self._institution = institution
        self._service = service
        self._marks = marks

    def write(self, facts: Facts, now: datetime) -> bytes:
        """As it goes over the wire. Raises ValueError for what is more than one plain address (header injection)."""
        if not is_mailbox(facts.address):
            raise ValueError("not a mailbox")
        domain = self._mail.from_address.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._name(languages(facts)[0]), addr_spec=self._mail.from_address)
        message["To"] = Address(addr_spec=facts.address)
        if self._mail.reply_to:
            message["Reply-To"] = Address(addr_spec=self._mail.reply_to)
        message["Subject"] = " / ".join(self._subject(facts, language) for language in languages(facts))
        message["Date"] = now
        message["Message-ID"] = f"<{facts.ident}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
        body = _BETWEEN.join(self._body(facts, language) for language in languages(facts))
        message.set_content(body, cte="quoted-printable")
        message["Content-Language"] = ", ".join(languages(facts))  # after the content, which takes such headers away
        return message.as_bytes(policy=_UNFOLDED)

    def _name(self, language: str) -> str:
        return self._institution.name_en if language == "en" else self._institution.name

    def _subject(self, facts: Facts, language: str) -> str:
        return texts.text(language, f"mail.{facts.key}.subject", **self._values(facts, language))

    def _values(self, facts: Facts, language: str) -> dict[str, str]:
        return {
            "org": self._name(language),
            "username": facts.plain_username,
            "time": texts.date_time(language, facts.at),
            "start": texts.date_time(language, facts.starts_at) if facts.starts_at else "",
            "phone": self._institution.support_phone,
            "code": facts.reference,
            "link": f"{self._service.public_url}/freeze/{freeze_token(self._service.person_key, facts.mapping)}",
        }

    def _body(self, facts: Facts, language: str) -> str:
        values = self._values(facts, language)
        parts = self._of_mapping(facts) if facts.mapping else self._of_change(facts)
        paragraphs = [[texts.text(language, key, **values) for key in part] for part in (*parts, *self._end(facts))]
        return "\n\n".join("\n".join(lines) for lines in paragraphs) + "\n"

    def _of_change(self, facts: Facts) -> list[list[str]]:
        """The keys of the texts, paragraph by paragraph."""
        if facts.key in _SUPPORTS:
            told = [["mail.hello"], [f"mail.{facts.key}.body"], ["mail.you", "mail.not_asked"]]
            return [*told, ["mail.no_links"]]
        marks, uncertain = self._marks and not facts.by_code, facts.key == "uncertain"
        done = "mail.how_asked" if uncertain else "mail.how"
        how = [f"{done}_code"] if facts.by_code else [done] if marks else []
        about = [f"mail.{facts.key}.body", *how]
        stolen = [["mail.mitid"]] if marks else []
        gained = [["mail.own_password"]] if marks and facts.key != "unlocked" else []
        mine = "mail.uncertain.you" if uncertain else "mail.you"
        return [["mail.hello"], about, [mine, "mail.not_you"], *stolen, *gained, ["mail.no_links"]]

    def _of_mapping(self, facts: Facts) -> list[list[str]]:
        used = facts.key == "mapping_used"
        about = [f"mail.{facts.key}.body", *(["mail.how"] if self._marks and used else [])]
        means = ["mail.mapping.means", *(["mail.mapping.start"] if facts.starts_at else [])]
        asked = ["mail.you" if used else "mail.mapping.expected", "mail.mapping.stop"]
        return [
            ["mail.hello"],
            about,
            means,
            asked,
            ["mail.mapping.link"],
            ["mail.mapping.phone"],
            ["mail.mapping.only"],
        ]

    def _end(self, facts: Facts) -> list[list[str]]:
        automatic = "mail.auto_reply" if self._mail.reply_to else "mail.auto"
        return [[*(["mail.reference"] if facts.reference else []), automatic], ["mail.sender"]]
