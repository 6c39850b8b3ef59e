"""What a browser may send. Every field is named here; anything else in a post is ignored."""

import re

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectMultipleField, StringField

from resetapp.core.accounts import AccountKey
from resetapp.core.secret import Secret

_PLACE = re.compile(r"[0-9]{1,4}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def _visible(typed: str) -> str:
    """Without what nobody sees: it is written down, and PostgreSQL takes no NUL."""
    return "".join(each for each in typed if each.isprintable())


class Form(FlaskForm):  # type: ignore[misc]
    """Reads form fields alone: Flask-WTF would also take JSON and uploaded files, in shapes no field expects."""

    def __init__(self) -> None:
        super().__init__(formdata=request.form)


class ChooseAccounts(Form):
    """`account`, once for each: the place of a chosen account in the visit's own list."""

    account = SelectMultipleField(choices=[], validate_choice=False)

    @property
    def numbers(self) -> list[int]:
        """Empty when anything in it is no place: what was meant is not guessed."""
        named = self.account.data or []
        return [int(each) for each in named] if all(map(_PLACE.fullmatch, named)) else []


class Search(Form):
    """`text`: what support typed, or the reference of a visit."""

    what = StringField(name="text")

    @property
    def text(self) -> str:
        """Cut short: a username has 256 characters at most."""
        return _visible(str(self.what.data or "")).strip()[:256]


class UnlockFor(Form):
    """An account as the page of the look-up named it; looked for again by its username, and not believed."""

    account, directory, entry = StringField(), StringField(), StringField()

    @property
    def username(self) -> str:
        return str(self.account.data or "")[:256]

    @property
    def key(self) -> AccountKey:
        return AccountKey(str(self.directory.data or "")[:60], str(self.entry.data or "")[:64])


class TrailFilter(Form):
    """Which events an auditor wants, and the page of them; `form` and `why` belong to an export."""

    event, since, until = StringField(), StringField(), StringField()
    reference, username = StringField(), StringField()
    before, after = StringField(), StringField()
    form, why = StringField(), StringField()

    def typed(self, name: str) -> str:
        """Cut short, like any search."""
        return str(self[name].data or "").strip()[:256]

    def number(self, name: str) -> int | None:
        """`before` or `after`: an event's number. None when it is no number: then the newest page is shown."""
        typed = self.typed(name)
        return int(typed) if _NUMBER.fullmatch(typed) else None


class ReportWanted(Form):
    """Which report an auditor fetches, and why."""

    days, seed, until, why = StringField(), StringField(), StringField(), StringField()

    def typed(self, name: str) -> str:
        """Cut short, like any search."""
        return str(self[name].data or "").strip()[:256]


class NewPassword(Form):
    """`attempt` names the round of attempts of this showing of the page.

    `password2` is there when the browser runs no script; with one, Show/Hide takes its place (pages.md 5)."""

    attempt = HiddenField()
    password = PasswordField()
    password2 = PasswordField()

    @property
    def round(self) -> str:
        return str(self.attempt.data or "")[:64]

    @property
    def secret(self) -> Secret:
        return Secret(self.password.data or "")

    @property
    def repeat_fault(self) -> str | None:
        """The text key of what is wrong with the repeated password, or None."""
        if "password2" not in request.form or not self.secret:
            return None
        if not self.password2.data:
            return "error.pw_repeat_empty"
        return None if Secret(self.password2.data) == self.secret else "error.pw_mismatch"


class EnterCode(Form):
    """What support gave somebody who has no MitID or no CPR number."""

    username, code = StringField(), StringField()

    def typed(self, name: str) -> str:
        return str(self[name].data or "").strip()[:256]

    @property
    def missing(self) -> list[str]:
        return [name for name in ("username", "code") if not self.typed(name)]


class RequestCode(Form):
    """A code that support asks for; `why`: of who rejects one."""

    username, directory = StringField(), StringField()
    id_check, note, why = StringField(), StringField(), StringField()

    def typed(self, name: str) -> str:
        """The notes are kept: cut to what their columns hold."""
        return _visible(" ".join(str(self[name].data or "").split()))[: 256 if name == "username" else 300]
