"""The simulator's own few texts, Danish and English. They are no part of the product's catalogue."""

LANGUAGES = ("da", "en")

_TEXTS = {
    "banner": (
        "Simulator – her er intet ægte. Alle personer er opdigtede.",
        "Simulator – nothing here is real. All people are invented.",
    ),
    "title": ("Hvem vil du være?", "Who do you want to be?"),
    "login_to": ("Log på", "Log on to"),
    "lead": (
        "Siden står i stedet for WAYF, NemLog-in og MitID, som den ikke ligner. Vælg en person for at logge ind.",
        "This page stands in for WAYF, NemLog-in and MitID, which it does not resemble. Choose a person to log in.",
    ),
    "choose": ("Log ind som", "Log in as"),
    "expect": ("Det sker", "What happens"),
    "accounts": ("Konto", "Account"),
    "several_accounts": ("Konti", "Accounts"),
    "old_password": ("Alle konti har fra start adgangskoden", "At first all accounts have the password"),
    "cancel": ("Afbryd login", "Cancel the login"),
    "advanced": ("Sådan skal svaret laves", "How the answer is made"),
    "advanced_hint": (
        "Kun for den nysgerrige. Det øverste valg er det, WAYF gør.",
        "For the curious only. The first choice is what WAYF does.",
    ),
    "signing": ("Signatur", "Signature"),
    "signing_assertion": ("På assertion", "On the assertion"),
    "signing_response": ("På response (skal afvises)", "On the response (must be refused)"),
    "signing_both": ("På begge", "On both"),
    "signing_none": ("Ingen (skal afvises)", "None (must be refused)"),
    "encryption": ("Kryptering", "Encryption"),
    "encryption_none": ("Ingen (skal afvises)", "None (must be refused)"),
    "by_metadata": ("Som tjenestens metadata beder om", "As the service's metadata asks"),
    "transport": ("Nøgletransport", "Key transport"),
    "group_served": ("Kan vælge en ny adgangskode", "Can choose a new password"),
    "group_accounts": ("Har ingen konto, der kan bruges", "Have no account that can be used"),
    "group_level": ("Login på et andet niveau", "A login at another level"),
    "group_identity": ("Login, der ikke viser sikkert, hvem det er", "A login that does not say for sure who it is"),
    "group_trouble": ("Login, der ikke bliver til noget", "A login that comes to nothing"),
    "discovery_title": ("Hvor vil du logge ind?", "Where do you want to log in?"),
    "discovery_lead": (
        "Tjenesten har ikke selv valgt et login.",
        "The service has not chosen a login itself.",
    ),
    "nemlogin": ("NemLog-in (simuleret)", "NemLog-in (simulated)"),
    "university": ("Eksempel Universitet (opdigtet)", "Example University (invented)"),
    "post_title": ("Du er logget ind", "You are logged in"),
    "post_cancelled": ("Login blev afbrudt", "The login was cancelled"),
    "post_logout": ("Du logges ud", "You are being logged out"),
    "post_lead": ("Nu sendes svaret tilbage til tjenesten.", "Now the answer is sent back to the service."),
    "continue": ("Fortsæt", "Continue"),
    "index_title": ("Simuleret WAYF, NemLog-in og MitID", "Simulated WAYF, NemLog-in and MitID"),
    "index_lead": (
        "Log ind fra tjenesten. Så kommer du hertil og vælger en af personerne nedenfor.",
        "Log in from the service. It brings you here, where you choose one of the people below.",
    ),
    "logout_everywhere": ("Log ud, som om det skete et andet sted", "Log out as if it happened elsewhere"),
    "slo_title": ("SLO completed", "SLO completed"),
    "slo_lead": (
        "Tjenesten har svaret, at login er afsluttet.",
        "The service has answered that the login is ended.",
    ),
    "skip": ("Gå til indhold", "Skip to content"),
}


def texts(language: str) -> dict[str, str]:
    """All texts in one language."""
    position = LANGUAGES.index(language)
    return {key: pair[position] for key, pair in _TEXTS.items()}
