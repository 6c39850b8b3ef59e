"""The terms record: what the institution has declared about its use of NemLog-in (WAYF's terms, T0 to T20)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path


class Role(StrEnum):
    """In which capacity NemLog-in is used (T2)."""

    AUTHORITY = "authority"  # a public body itself
    ASSISTING = "assisting"  # acting for public bodies, which are then the controllers


@dataclass(frozen=True, slots=True)
class Terms:
    """Empty until the operator fills it in, and as long as it is, nobody can log in."""

    login: bool = True  # the switch: False closes the login and takes every mention of MitID away
    authority: str = ""
    cvr_number: str = ""
    role: str = ""  # a value of Role
    task: str = ""
    general_terms_accepted_on: date | None = None
    nemlogin_terms_accepted_on: date | None = None
    terms_version: str = ""
    reviewed_on: date | None = None
    review_months: int = 6
    risk_assessment: str = ""
    controller: str = ""
    recipients: tuple[str, ...] = ()
    recipients_en: tuple[str, ...] = ()
    legal_basis: str = "databeskyttelsesforordningens artikel 6, stk. 1, litra e"
    legal_basis_en: str = "Article 6(1)(e) of the GDPR"
    rights_contact: str = ""
    breach_contact: str = ""
    wayf_breach_contact: str = "sekretariat@wayf.dk"
    terms_url: str = "https://www.wayf.dk/da/vilk%C3%A5r-brug-af-nemlog-gennem-wayf"
    wayf_privacy_url: str = "https://www.wayf.dk/"
    status_urls: tuple[str, ...] = ("https://digst.dk/", "https://www.wayf.dk/")
    report_file: Path | None = None  # what check-config --report has written, for the staff's status page
    mark_file: Path | None = None  # the official MitID mark; None = the login's button has words alone (T19)

    @property
    def left_empty(self) -> tuple[str, ...]:
        """The keys that the record still lacks."""
        return tuple(key for key in REQUIRED if not getattr(self, key))

    @property
    def login_open(self) -> bool:
        """Whether anybody may log in: never with a record that is not complete (T0)."""
        return self.login and not self.left_empty


REQUIRED = (
    "authority",
    "cvr_number",
    "role",
    "task",
    "general_terms_accepted_on",
    "nemlogin_terms_accepted_on",
    "terms_version",
    "reviewed_on",
    "risk_assessment",
    "controller",
    "recipients",
    "recipients_en",
    "rights_contact",
    "breach_contact",
)
