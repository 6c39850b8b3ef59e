"""Who uses the console: IT support, and the two whom a mapping takes."""

from resetapp.demo.persona import DemoAccount, Group, Persona

SUPPORTER = Persona(
    "tove",
    "Tove Rask",
    "6508771108",
    Group.SERVED,
    ("Arbejder i it-support.", "Works in IT support."),
    (
        "Hun vælger en ny adgangskode. På /staff/ finder hun forløb og ser statistikken.",
        "She chooses a new password. At /staff/ she finds attempts and sees the statistics.",
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
        "Han vælger en ny adgangskode. På /staff/ har han rollen mapper.",
        "He chooses a new password. At /staff/ he has the role mapper.",
    ),
    accounts=(DemoAccount("makr", "Malte", "Krogh", "Medarbejder"),),
)

APPROVER = Persona(
    "gry",
    "Gry Halberg",
    "6911791100",
    Group.SERVED,
    ("Leder i studieadministrationen.", "Manages student administration."),
    (
        "Hun vælger en ny adgangskode. På /staff/ har hun rollen approver.",
        "She chooses a new password. At /staff/ she has the role approver.",
    ),
    accounts=(DemoAccount("gryh", "Gry", "Halberg", "Medarbejder"),),
)

STAFF_PEOPLE = (SUPPORTER, MAPPER, APPROVER)
