"""What may become of a logout that began at the service: the login there is over in every case."""

from resetapp.demo import switch as ends
from resetapp.demo.hub_envelope import RESPONDER, STATUS, SUCCESS
from resetapp.demo.switch import AtLogout, Ended, Failed, Group, Late, Silent, Stayed, Switch

_PARTIAL = STATUS + "PartialLogout"


def _row(key: str, danish: str, english: str, act: AtLogout) -> Switch:
    return Switch(key, Group.LOGGING_OUT, (danish, english), ends.LOGGED_OUT_HERE, act)


LOGGING_OUT = (
    _row("logging_out_500", "WAYF svarer med en fejl (HTTP 500).", "WAYF answers with an error (HTTP 500).",
         AtLogout(Failed("Internal Server Error"))),
    _row("logging_out_silent", "WAYF svarer slet ikke.", "WAYF does not answer at all.", AtLogout(Silent())),
    _row("logging_out_left", "Personen bliver stående hos WAYF og går selv tilbage til tjenesten.",
         "The person is left at WAYF and goes back to the service alone.", AtLogout(Stayed("left"), ended=True)),
    _row("logging_out_lost", "Svaret fra WAYF går tabt på vejen.", "WAYF's answer is lost on its way.",
         AtLogout(Stayed("lost"), ended=True)),
    _row("logging_out_failed", "WAYF svarer, at det ikke lykkedes (Responder).",
         "WAYF answers that it has failed (Responder).", AtLogout(Ended((RESPONDER,)))),
    _row("logging_out_partial", "WAYF svarer, at ikke alle tjenester kunne logge af (PartialLogout).",
         "WAYF answers that not every service could log out (PartialLogout).",
         AtLogout(Ended((RESPONDER, _PARTIAL)), ended=True)),
    _row("logging_out_partial_success", "Det samme, men svaret begynder med Success, som SimpleSAMLphp skriver det.",
         "The same, but the answer begins with Success, as SimpleSAMLphp writes it.",
         AtLogout(Ended((SUCCESS, _PARTIAL)), ended=True)),
    Switch("logout_late", Group.LOGGING_OUT,
           ("Svaret, der gik tabt, kommer frem, efter at personen er logget på igen.",
            "The answer that was lost arrives after the person has logged in again."), ends.TOO_LATE, Late()),
)  # fmt: skip
