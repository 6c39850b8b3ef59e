"""Who works at the institution's IT support."""

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

STAFF_PEOPLE = (SUPPORTER,)
