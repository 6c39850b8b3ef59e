"""People whose accounts hold no CPR number, for the console's mappings and codes: exchange students and guest teachers.

They do not log in at the simulator; the directories and the invented history alone know them.
"""

from dataclasses import dataclass, field

from resetapp.demo.persona import DemoAccount, Home

STUDENT, EXCHANGE, GUEST = "Studerende", "Udvekslingsstuderende", "Gæsteunderviser"


@dataclass(frozen=True, slots=True)
class Unnumbered:
    """`cpr`: ten digits, the day plus 60, as everybody's here. `next_cpr`: the number that they get later."""

    account: DemoAccount
    cpr: str = field(repr=False)
    next_cpr: str = field(default="", repr=False)


def _here(username: str, given_name: str, surname: str, cpr: str, next_cpr: str = "") -> Unnumbered:
    return Unnumbered(DemoAccount(username, given_name, surname, EXCHANGE), cpr, next_cpr)


def _guest(username: str, given_name: str, surname: str, cpr: str) -> Unnumbered:
    return Unnumbered(DemoAccount(username, given_name, surname, GUEST, home=Home.STAFF), cpr)


UNNUMBERED = (
    _here("maru", "Mateo", "Ruiz", "7106039458"),
    _here("chma", "Chloé", "Martin", "6308044376"),
    _here("aita", "Aiko", "Tanaka", "6505017984"),
    _here("luwe", "Lukas", "Weber", "8206057336"),
    _here("zono", "Zofia", "Nowak", "6811028930"),
    _here("aivi", "Aino", "Virtanen", "7604005544", "6307034822"),
    _here("tosi", "Tomás", "Silva", "8710048585", "8308017894"),
    _here("evno", "Eva", "Nováková", "8504038433", "6304044142"),
    _here("giri", "Giulia", "Ricci", "7310026837"),
    _here("prna", "Priya", "Nair", "8110015144"),
    _here("saos", "Samuel", "Osei", "8701059698"),
    _here("bjjo", "Björk", "Jónsdóttir", "8202038167"),
    _here("liby", "Liam", "Byrne", "8802026340"),
    _here("inha", "Ingrid", "Haug", "7011751355"),
    _here("yolo", "Yohannes", "Lemma", "6803720760"),
    _here("dapo", "Dacian", "Popescu", "7106843273"),
    _here("kiro", "Kiran", "Rao", "6910790208"),
    _guest("hans.keller", "Hans", "Keller", "7306682223"),
    _guest("marta.costa", "Marta", "Costa", "8412812515"),
    _guest("elena.popa", "Elena", "Popa", "6710590867"),
)
