"""People who must not get a new password here, one for each reason."""

from resetapp.core.accounts import AccountState
from resetapp.demo.persona import Behaviour, DemoAccount, Group, Home, Persona, Source

_CLEAR_STOP = ("Siden siger det klart, og han kan ikke vælge en adgangskode.",
               "The page says so clearly, and he cannot choose a password.")  # fmt: skip
_TWO_NUMBERS = ("Login afvises: Det kan ikke afgøres, hvem hun er.", "The login is refused: who she is cannot be told.")

WITHOUT_NUMBER = Persona(
    "nanna",
    "Nanna Kofoed",
    "7405064108",
    Group.ACCOUNTS,
    (
        "Ny studerende. Brugerkataloget har kontoen, men ikke hendes CPR-nummer.",
        "A new student. The directory has the account, but not her CPR number.",
    ),
    (
        "Siden finder ingen konto og gætter ikke. På /staff/ har Malte bedt om, at nummeret knyttes til kontoen.",
        "The page finds no account and does not guess. At /staff/ Malte has asked for the number to be tied to it.",
    ),
    accounts=(DemoAccount("nako", "Nanna", "Kofoed"),),
    in_directory=False,
)

ACCOUNTS = (
    Persona(
        "victor",
        "Victor Dam",
        "6805833147",
        Group.ACCOUNTS,
        ("Har ingen konto her.", "Has no account here."),
        _CLEAR_STOP,
    ),
    Persona(
        "robin",
        "Robin Ager",
        "7912981082",
        Group.ACCOUNTS,
        (
            "Har fået nyt CPR-nummer. Kontoen står stadig under det gamle.",
            "Has been given a new CPR number. The account is still under the old one.",
        ),
        ("Siden finder ingen konto og gætter ikke.", "The page finds no account and does not guess."),
        accounts=(DemoAccount("roag", "Robin", "Ager"),),
        former_cpr="7912981031",
    ),
    WITHOUT_NUMBER,
    Persona(
        "ida",
        "Ida Marie Skov",
        "7103990100",
        Group.ACCOUNTS,
        ("Begge hendes konti er lukket.", "Both her accounts are closed."),
        ("Hun ser kontiene og hvorfor de ikke kan bruges.", "She sees the accounts and why they cannot be used."),
        accounts=(
            DemoAccount("idsk", "Ida Marie", "Skov", state=AccountState.DISABLED),
            DemoAccount("ida.skov", "Ida Marie", "Skov", "Medarbejder", AccountState.DISABLED),
        ),
    ),
    Persona(
        "peter",
        "Peter Winther",
        "8609681129",
        Group.ACCOUNTS,
        ("Ansættelsen er slut, og kontoen er udløbet.", "His employment has ended and the account has expired."),
        _CLEAR_STOP,
        accounts=(DemoAccount("pewi", "Peter", "Winther", "Medarbejder", AccountState.EXPIRED),),
    ),
    Persona(
        "emil",
        "Emil Sander",
        "7506024123",
        Group.ACCOUNTS,
        ("Kontoen kan først bruges, når semesteret begynder.", "The account opens when the term begins."),
        _CLEAR_STOP,
        accounts=(DemoAccount("emsa", "Emil", "Sander", state=AccountState.NOT_YET),),
    ),
    Persona(
        "astrid",
        "Astrid Bech",
        "6704902148",
        Group.ACCOUNTS,
        ("Har kun en administratorkonto.", "Has an administrator account only."),
        (
            "Kontoen er beskyttet. Siden viser vej til support.",
            "The account is protected. The page points to the help desk.",
        ),
        accounts=(DemoAccount("admin-asbe", "Astrid", "Bech", "Administrator", AccountState.PROTECTED),),
    ),
    Persona(
        "palle",
        "Palle Munk",
        "6608711307",
        Group.ACCOUNTS,
        ("Har orlov. Hans AD-konto er deaktiveret.", "On leave. His AD account is disabled."),
        _CLEAR_STOP,
        accounts=(DemoAccount("palle.munk", "Palle", "Munk", "Medarbejder", AccountState.DISABLED, Home.STAFF),),
    ),
    Persona(
        "bo",
        "Bo Kvist",
        "8311681029",
        Group.ACCOUNTS,
        (
            "Arbejder i it-drift. Hans AD-gruppe er medlem af Domain Admins.",
            "Works in IT operations. His AD group is a member of Domain Admins.",
        ),
        (
            "Kontoen er beskyttet, selv om ingen indstilling nævner den. Siden viser vej til support.",
            "The account is protected, though no setting names it. The page points to the help desk.",
        ),
        accounts=(DemoAccount("bo.kvist", "Bo", "Kvist", "Medarbejder", AccountState.PROTECTED, Home.STAFF),),
    ),
)

LEVEL = (
    Persona(
        "jonas",
        "Jonas Krogh",
        "8412740107",
        Group.LEVEL,
        ("Login på niveau Lav. WAYF stopper det.", "A login at level Low. WAYF stops it."),
        (
            "WAYF viser sin egen fejlside. Intet når frem til os.",
            "WAYF shows an error page of its own. Nothing reaches us.",
        ),
        level=("Low",),
        accounts=(DemoAccount("jokr", "Jonas", "Krogh"),),
    ),
    Persona(
        "clara",
        "Clara Juhl",
        "7310961110",
        Group.LEVEL,
        ("Login på niveau Lav, som WAYF slipper igennem.", "A login at level Low that WAYF lets through."),
        (
            "Login er ikke sikkert nok. Siden fortæller, hvordan niveauet hæves.",
            "The login is not secure enough. The page tells how to raise the level.",
        ),
        level=("Low",),
        limiter=False,
        accounts=(DemoAccount("clju", "Clara", "Juhl"),),
    ),
    Persona(
        "oscar",
        "Oscar Riis",
        "6602812101",
        Group.LEVEL,
        ("Login siger intet om sikringsniveau.", "The login says nothing of its assurance level."),
        ("Login afvises: Niveauet er ukendt.", "The login is refused: its level is unknown."),
        level=(),
        accounts=(DemoAccount("osri", "Oscar", "Riis"),),
    ),
    Persona(
        "laura",
        "Laura Hviid",
        "8208933176",
        Group.LEVEL,
        ("Login siger to niveauer på én gang.", "The login tells two levels at once."),
        ("Login afvises: Niveauet er ikke entydigt.", "The login is refused: its level is ambiguous."),
        level=("Substantial", "Low"),
        limiter=False,
        accounts=(DemoAccount("lahv", "Laura", "Hviid"),),
    ),
    Persona(
        "henrik",
        "Henrik Damgaard",
        "6411721149",
        Group.LEVEL,
        ("Login bruger den gamle skala og siger niveau 3.", "The login uses the old scale and says level 3."),
        (
            "Afvises, medmindre indstillingen tillader den gamle skala.",
            "Refused, unless the settings allow the old scale.",
        ),
        level=("3",),
        accounts=(DemoAccount("heda", "Henrik", "Damgaard", "Medarbejder"),),
    ),
)

IDENTITY = (
    Persona(
        "thomas",
        "Thomas Aagaard",
        None,
        Group.IDENTITY,
        (
            "Bruger MitID Erhverv. Hans login har intet CPR-nummer.",
            "Uses MitID Erhverv. His login carries no CPR number.",
        ),
        ("Siden beder ham bruge sit private MitID.", "The page asks him to use his private MitID."),
        cvr="12345678",
        organization="Eksempelskolen",
    ),
    Persona(
        "camilla",
        "Camilla Fjord",
        "8707035146",
        Group.IDENTITY,
        ("Login har to forskellige CPR-numre.", "The login carries two different CPR numbers."),
        _TWO_NUMBERS,
        accounts=(DemoAccount("cafj", "Camilla", "Fjord"),),
        other_values=("6707904102",),
    ),
    Persona(
        "yusuf",
        "Yusuf Demir",
        None,
        Group.IDENTITY,
        (
            "Login har et pseudo-CPR-nummer: en fødselsdato og bogstaver.",
            "The login carries a pseudo-CPR number: a birth date and letters.",
        ),
        ("Login afvises: Det er ikke et CPR-nummer.", "The login is refused: that is no CPR number."),
        other_values=("700187YUD1",),
    ),
    Persona(
        "falsk",
        "Freja Holm Nielsen",
        "7403014138",
        Group.IDENTITY,
        (
            "Et universitets eget login påstår at være Freja og skriver NemLog-in øverst på listen over kilder.",
            "A university's own login claims to be Freja and puts NemLog-in first in its list of sources.",
        ),
        (
            "Login afvises: Kun NemLog-in må sige god for et CPR-nummer.",
            "The login is refused: only NemLog-in may vouch for a CPR number.",
        ),
        source=Source.UNIVERSITY,
        organization="Eksempel Universitet",
    ),
)

TROUBLE = (
    Persona(
        "mette",
        "Mette Kjær",
        "7001870178",
        Group.TROUBLE,
        ("Fortryder og afbryder.", "Changes her mind and cancels."),
        (
            "Siden siger, at login blev afbrudt, og at intet er ændret.",
            "The page says that the login was cancelled and that nothing has changed.",
        ),
        behaviour=Behaviour.CANCEL,
        accounts=(DemoAccount("mekj", "Mette", "Kjær", "Medarbejder"),),
    ),
    Persona(
        "soeren",
        "Søren Bakke",
        "7212701119",
        Group.TROUBLE,
        ("Bruger mere end tre minutter på at godkende.", "Takes more than three minutes to approve."),
        (
            "WAYF har glemt ham og viser sin egen fejlside. Han må begynde forfra.",
            "WAYF has forgotten him and shows an error page of its own. He has to start again.",
        ),
        behaviour=Behaviour.WAIT,
        accounts=(DemoAccount("soba", "Søren", "Bakke"),),
    ),
)

REFUSED = ACCOUNTS + LEVEL + IDENTITY + TROUBLE
