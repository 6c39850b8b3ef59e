"""Who uses the console: IT support, who is auditor and operator, too, and the two whom a mapping takes."""

from resetapp.demo.persona import DemoAccount, Group, Persona

SUPPORTER = Persona(
    "tove",
    "Tove Rask",
    "6508771108",
    Group.SERVED,
    ("Arbejder i it-support.", "Works in IT support."),
    (
        "Hun vælger en ny adgangskode. På /staff/ finder hun forløb, beder om aktiveringskoder og ser hændelser, "
        "statistik og drift.",
        "She chooses a new password. At /staff/ she finds attempts, asks for activation codes, and sees events, "
        "statistics and the service's status.",
    ),
    accounts=(DemoAccount("tora", "Tove", "Rask", "Medarbejder"),),
)

MAPPER = Persona(
    "malte",
    "Malte Krogh",
    "7206841103",
    Group.SERVED,
    ("Arbejder i studieadministrationen.", "Works in student administration."),
    (
        "Han vælger en ny adgangskode. På /staff/ beder han om at knytte CPR-numre til konti, også med en fil.",
        "He chooses a new password. At /staff/ he asks for CPR numbers to be tied to accounts, also with a file.",
    ),
    accounts=(DemoAccount("makr", "Malte", "Krogh", "Medarbejder"),),
)

APPROVER = Persona(
    "gry",
    "Gry Halberg",
    "6911791100",
    Group.SERVED,
    (
        "Leder i studieadministrationen. Hun træder også til for Malte.",
        "Manages student administration. She also stands in for Malte.",
    ),
    (
        "Hun vælger en ny adgangskode. På /staff/ godkender hun det, Malte og Tove beder om, men ikke sit eget.",
        "She chooses a new password. At /staff/ she approves what Malte and Tove ask for, but not what she did.",
    ),
    accounts=(DemoAccount("gryh", "Gry", "Halberg", "Medarbejder"),),
)

STAFF_PEOPLE = (SUPPORTER, MAPPER, APPROVER)
