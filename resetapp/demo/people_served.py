"""People who can choose a new password, in the ordinary way or in a rare one."""

from resetapp.core.accounts import AccountState
from resetapp.demo.persona import DemoAccount, Group, Home, Persona

MAPPED = Persona(
    "nora",
    "Nora Vestergaard",
    "7306044375",
    Group.SERVED,
    (
        "Brugerkataloget har ikke hendes CPR-nummer. To medarbejdere har knyttet det til hendes konto.",
        "The directory does not have her CPR number. Two of the staff have tied it to her account.",
    ),
    (
        "Siden finder kontoen i listen over tilknytninger. Hun vælger en ny adgangskode.",
        "The page finds the account in the list of mappings. She chooses a new password.",
    ),
    accounts=(DemoAccount("nove", "Nora", "Vestergaard"),),
    in_directory=False,
)

SERVED = (
    Persona(
        "freja",
        "Freja Holm Nielsen",
        "7403014138",
        Group.SERVED,
        ("Studerende med én konto.", "A student with one account."),
        ("Hun vælger en ny adgangskode.", "She chooses a new password."),
        accounts=(DemoAccount("frni", "Freja Holm", "Nielsen"),),
    ),
    Persona(
        "mikkel",
        "Mikkel Bruun",
        "6211851129",
        Group.SERVED,
        ("Medarbejder. Hans login er på niveau Høj.", "An employee. His login is at level High."),
        (
            "WAYF giver højst Betydelig videre. Han vælger en ny adgangskode.",
            "WAYF passes on Substantial at most. He chooses a new password.",
        ),
        level=("High",),
        accounts=(DemoAccount("mbr", "Mikkel", "Bruun", "Medarbejder"),),
    ),
    Persona(
        "sofie",
        "Sofie Lindegaard",
        "8102952120",
        Group.SERVED,
        (
            "Både studerende og medarbejder, og desuden administrator.",
            "Both a student and an employee, and an administrator besides.",
        ),
        (
            "Hun vælger den ene af to konti eller dem begge. Administratorkontoen kan ikke vælges.",
            "She picks one of two accounts, or both. The administrator account cannot be picked.",
        ),
        accounts=(
            DemoAccount("soli", "Sofie", "Lindegaard"),
            DemoAccount("sofie.lindegaard", "Sofie", "Lindegaard", "Medarbejder"),
            DemoAccount("admin-soli", "Sofie", "Lindegaard", "Administrator", AccountState.PROTECTED),
        ),
    ),
    Persona(
        "lars",
        "Lars Toft",
        "8306792149",
        Group.SERVED,
        (
            "Har skrevet forkert adgangskode for mange gange. Kontoen er låst.",
            "Has typed a wrong password too often. The account is locked.",
        ),
        ("Han vælger en ny adgangskode. Den låser kontoen op.", "He chooses a new password. It unlocks the account."),
        accounts=(DemoAccount("lato", "Lars", "Toft", "Medarbejder", AccountState.LOCKED),),
    ),
    Persona(
        "alma",
        "Alma Vester",
        "7704125148",
        Group.SERVED,
        ("Elev, født i 2012. MitID kan fås fra 13 år.", "A pupil, born in 2012. MitID is given from the age of 13."),
        ("Hun vælger en ny adgangskode som alle andre.", "She chooses a new password like everybody else."),
        accounts=(DemoAccount("alve12", "Alma", "Vester", "Elev"),),
    ),
    Persona(
        "erik",
        "Erik Sandholt",
        "6101651235",
        Group.SERVED,
        (
            "Hans CPR-nummer består ikke modulus 11-kontrollen. Sådanne numre er gyldige.",
            "His CPR number fails the modulus 11 check. Such numbers are valid.",
        ),
        ("Han vælger en ny adgangskode.", "He chooses a new password."),
        accounts=(DemoAccount("ersa", "Erik", "Sandholt", "Medarbejder"),),
    ),
    Persona(
        "karoline",
        "Karoline Amalie Frost",
        "9005986114",
        Group.SERVED,
        (
            "Født i 1898: det syvende ciffer fortæller århundredet.",
            "Born in 1898: the seventh digit tells the century.",
        ),
        ("Hun vælger en ny adgangskode.", "She chooses a new password."),
        accounts=(DemoAccount("kafr", "Karoline Amalie", "Frost", "Emerita"),),
    ),
    Persona(
        "noah",
        "Noah Iversen",
        "6508047159",
        Group.SERVED,
        ("Født i 2004 med et syvende ciffer over 3.", "Born in 2004, with a seventh digit above 3."),
        ("Han vælger en ny adgangskode.", "He chooses a new password."),
        accounts=(DemoAccount("noiv", "Noah", "Iversen"),),
    ),
    Persona(
        "bjoerg",
        "Bjørg-Åse Ærenlund Kjærsgård O'Neill & Østergaard-Rosenkrantz <af Årø>",
        "6307880138",
        Group.SERVED,
        (
            "Et meget langt navn med æ, ø, å og tegn, som kan forstyrre en webside.",
            "A very long name with æ, ø, å and characters that can disturb a web page.",
        ),
        ("Navnet står rigtigt på alle sider, også på en telefon.", "The name is right on every page, also on a phone."),
        accounts=(DemoAccount("bjro", "Bjørg-Åse Ærenlund", "Kjærsgård O'Neill & Østergaard-Rosenkrantz <af Årø>"),),
    ),
    Persona(
        "rasmus",
        "Rasmus Eg",
        "8810911159",
        Group.SERVED,
        (
            "Medarbejder, som bruger MitID Erhverv. Hans login har et CPR-nummer.",
            "An employee who uses MitID Erhverv. His login carries a CPR number.",
        ),
        ("Han vælger en ny adgangskode.", "He chooses a new password."),
        accounts=(DemoAccount("raeg", "Rasmus", "Eg", "Medarbejder"),),
        cvr="12345678",
        organization="Eksempelskolen",
    ),
    Persona(
        "line",
        "Line Overgaard",
        "7901762176",
        Group.SERVED,
        ("Har lige skiftet adgangskode.", "Has changed her password just now."),
        (
            "Systemet for konti siger nej: Adgangskoden er for ny til at blive skiftet igen.",
            "The account system says no: the password is too new to be changed again.",
        ),
        accounts=(DemoAccount("liov", "Line", "Overgaard", too_young=True),),
    ),
    Persona(
        "anders",
        "Anders Lykke",
        "6908932127",
        Group.SERVED,
        (
            "Ph.d.-studerende, som også underviser. Han har en konto i hvert af de to brugerkataloger.",
            "A PhD student who also teaches. He has an account in each of the two directories.",
        ),
        (
            "Begge konti er på listen, hver med navnet på sit brugerkatalog. Han kan vælge den ene eller begge.",
            "Both accounts are listed, each with the name of its directory. He can choose one of them or both.",
        ),
        accounts=(
            DemoAccount("anly", "Anders", "Lykke", "Ph.d.-studerende"),
            DemoAccount("anders.lykke", "Anders", "Lykke", "Underviser", home=Home.STAFF),
        ),
    ),
    Persona(
        "jette",
        "Jette Holst",
        "7405791182",
        Group.SERVED,
        (
            "Medarbejder. Hendes AD-konto er låst efter for mange forkerte adgangskoder.",
            "An employee. Her AD account is locked after too many wrong passwords.",
        ),
        (
            "Hun vælger en ny adgangskode, og kontoen låses op i samme ændring.",
            "She chooses a new password, and the same change unlocks the account.",
        ),
        accounts=(DemoAccount("jette.holst", "Jette", "Holst", "Sekretær", AccountState.LOCKED, Home.STAFF),),
    ),
    Persona(
        "knud",
        "Knud Brandt",
        "7809641095",
        Group.SERVED,
        (
            "Økonomichef. I AD gælder en særlig regel for ham: mindst 20 tegn.",
            "Head of finance. In AD a rule of its own holds for him: at least 20 characters.",
        ),
        (
            "En kortere adgangskode bliver afvist, en på 20 tegn eller flere bliver sat.",
            "A shorter password is refused, one of 20 characters or more is set.",
        ),
        accounts=(DemoAccount("knud.brandt", "Knud", "Brandt", "Økonomichef", home=Home.STAFF, long_password=True),),
    ),
    Persona(
        "sanne",
        "Sanne Friis",
        "7507952148",
        Group.SERVED,
        (
            "Begynder i dag. Hendes AD-konto er oprettet, men lukket, til hun har valgt sin første adgangskode.",
            "Starts today. Her AD account exists, but is closed until she has chosen her first password.",
        ),
        (
            "Hun vælger den første adgangskode, som åbner kontoen.",
            "She chooses the first password, which opens the account.",
        ),
        accounts=(
            DemoAccount("sanne.friis", "Sanne", "Friis", "Bibliotekar", AccountState.WAITING, Home.STAFF, password=""),
        ),
    ),
    MAPPED,
)
