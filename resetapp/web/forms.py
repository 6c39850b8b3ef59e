"""What a browser may send. Every field is named here; anything else in a post is ignored."""

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, PasswordField

from resetapp.core.secret import Secret


class Form(FlaskForm):  # type: ignore[misc]
    """Reads form fields alone: Flask-WTF would also take JSON and uploaded files, in shapes no field expects."""

    def __init__(self) -> None:
        super().__init__(formdata=request.form)


class ChooseAccount(Form):
    """`account`: the place of the chosen account in the visit's own list."""

    account = IntegerField()

    @property
    def number(self) -> int | None:
        return self.account.data if isinstance(self.account.data, int) else None


class NewPassword(Form):
    """`password2` is there when the browser runs no script; with one, Show/Hide takes its place (pages.md 5)."""

    attempt = HiddenField()
    password = PasswordField()
    password2 = PasswordField()

    @property
    def attempt_id(self) -> str:
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
