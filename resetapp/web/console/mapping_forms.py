"""What the staff may type about mappings, and what may be wrong with it. A number is never given back."""

from wtforms import StringField

from resetapp.core.cpr import CprNumber, InvalidCpr, may_hold_cpr
from resetapp.web.forms import Form

_SHORTEST_REASON = 5
_LONGEST = {"reason": 500}
_DIGITS = 10

Fault = tuple[str, str]  # field and text key


class MappingForm(Form):
    """`cpr`: of the account's person. `old` and `new`: of a person whose number has changed."""

    username, directory, reason = StringField(), StringField(), StringField()
    cpr, old, new = StringField(), StringField(), StringField()

    def typed(self, name: str) -> str:
        return str(self[name].data or "").strip()[: _LONGEST.get(name, 256)]

    def shown(self) -> dict[str, str]:
        """What is filled in again after an error."""
        typed = {name: self.typed(name) for name in ("username", "directory", "reason")}
        return {name: "" if may_hold_cpr(value) else value for name, value in typed.items()}

    def number(self, name: str) -> CprNumber:
        """Raises InvalidCpr."""
        return CprNumber.parse(self.typed(name).replace(" ", ""))

    def faults_of_number(self, name: str) -> list[Fault]:
        typed = self.typed(name)
        try:
            self.number(name)
        except InvalidCpr:
            if not typed:
                return [(name, "mapping.error_cpr_empty")]
            whole = typed.replace(" ", "").replace("-", "", 1)
            named = whole.isascii() and whole.isdigit() and len(whole) == _DIGITS
            return [(name, "mapping.error_cpr_date" if named else "mapping.error_cpr_format")]
        return []

    def faults_of_username(self) -> list[Fault]:
        typed = self.typed("username")
        if not typed:
            return [("username", "mapping.error_account_empty")]
        return [("username", "mapping.error_holds_cpr")] if _unkeepable(typed) else []

    def faults_of_reason(self) -> list[Fault]:
        """It is written down for good, so it may hold nothing like a number."""
        typed = self.typed("reason")
        if _unkeepable(typed):
            return [("reason", "mapping.error_holds_cpr")]
        return [("reason", "mapping.error_reason")] if len(typed) < _SHORTEST_REASON else []


def _unkeepable(typed: str) -> bool:
    return may_hold_cpr(typed) or not typed.isprintable()
