"""What breaks: one family of exceptions, each with a code for the log and an Outcome that picks the page.

Expected answers (no account, refused password, not known) are values in `core.outcomes`; these are for the rest.
Texts of library exceptions never get in here: they may hold a personal number or a password.
"""

from datetime import datetime

from resetapp.core.outcomes import Outcome


class Trouble(Exception):
    """Something a person must be told about. `code` goes to the log, `outcome` and `status` to the page."""

    code = "trouble"
    status = 500
    outcome = Outcome.LOGIN_FAILED

    def __init__(self, reason: str = "") -> None:
        """`reason`: a fixed word of ours that narrows the code down for the operator; never text from outside."""
        super().__init__(f"{self.code}:{reason}" if reason else self.code)
        self.reason = reason


class LoginRefused(Trouble):
    """A message from the hub was refused. Every cause ends here (security requirement S-20)."""

    code = "login_refused"
    status = 403

    def __init__(self, reason: str, outcome: Outcome = Outcome.LOGIN_FAILED) -> None:
        super().__init__(reason)
        self.outcome = outcome


class NotForRole(Trouble):
    """A page of the console that is for another role. `reason`: the task."""

    code = "not_for_role"
    status = 403
    outcome = Outcome.OPEN


class LoginPaused(Trouble):
    """The operator has switched new logins off for a while. `until`: when that ends, if it is known."""

    code = "login_paused"
    status = 503
    outcome = Outcome.OPEN

    def __init__(self, until: datetime | None) -> None:
        super().__init__("notice")
        self.until = until


class ServiceStopped(Trouble):
    """The operator has stopped everything that changes something (security.md A-11), and nothing was sent."""

    code = "service_stopped"
    status = 503
    outcome = Outcome.OPEN


class LogoutRefused(Trouble):
    """A logout message of the hub was refused; no login was ended by it."""

    code = "logout_refused"
    status = 403


class DirectoryDown(Trouble):
    """A directory could not be reached or used, and nothing was sent that could have changed anything."""

    code = "directory_down"
    status = 503
    outcome = Outcome.DIRECTORY_DOWN

    def __init__(self, directory: str, reason: str) -> None:
        super().__init__(reason)
        self.directory = directory


class AccountGone(Trouble):
    """The account that was chosen no longer exists."""

    code = "account_gone"
    status = 409
    outcome = Outcome.NO_USABLE_ACCOUNT


class TooManyAttempts(Trouble):
    """A limit was reached. `seconds`: how long until it gives way. `person`: whose, by fingerprint."""

    code = "too_often"
    status = 429
    outcome = Outcome.TOO_OFTEN

    def __init__(self, reason: str, seconds: int, person: str = "") -> None:
        super().__init__(reason)
        self.seconds, self.person = seconds, person


class AlreadySent(Trouble):
    """This page's attempt has been used, by a second click or another tab. The first one's result counts."""

    code = "already_sent"
    status = 409
    outcome = Outcome.OPEN


class AccountBusy(Trouble):
    """An earlier change of this account's password may still be carried out: nothing newer is sent before `until`."""

    code = "account_busy"
    status = 409
    outcome = Outcome.OPEN

    def __init__(self, username: str, until: datetime) -> None:
        super().__init__("fenced")
        self.username = username
        self.until = until


class LoginTooOld(Trouble):
    """MitID told too long ago who this is: nothing is changed before it has told so again (WAYF's terms, T18)."""

    code = "login_too_old"
    status = 403
    outcome = Outcome.OPEN


class StaffLoginTooOld(Trouble):
    """As LoginTooOld, for somebody of the staff: what they asked for needs a fresh login (security.md A-09, 2.4)."""

    code = "staff_login_too_old"
    status = 403
    outcome = Outcome.OPEN


class DatabaseDown(Trouble):
    """Our own database cannot be used; without it nothing is let through."""

    code = "database_down"
    status = 503
    outcome = Outcome.OPEN


class NotRecorded(Trouble):
    """The directory answered, but the answer could not be written down: to the person it is not known."""

    code = "not_recorded"
    status = 500
    outcome = Outcome.UNKNOWN


class WrongStep(Trouble):
    """The visit is not where this page belongs."""

    code = "wrong_step"
    status = 409
    outcome = Outcome.OPEN
