"""The simulator's own few texts, Danish and English. They are no part of the product's catalogue."""

LANGUAGES = ("da", "en")

_TEXTS = {
    "banner": (
        "Simulator – her er intet ægte. Alle personer er opdigtede.",
        "Simulator – nothing here is real. All people are invented.",
    ),
    "banner_own": (
        "Simulator – her er intet ægte. Enhver kan logge ind som hvem som helst.",
        "Simulator – nothing here is real. Anybody can log in as anybody.",
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
    "group_own": ("Dine egne", "Your own"),
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
    "what_if": ("Hvad nu hvis …", "What if …"),
    "what_if_lead": (
        "Her gør WAYF, NemLog-in eller en angriber noget andet, end de skal. "
        "Den, det handler om, er den første person på listen.",
        "Here WAYF, NemLog-in or an attacker does something other than they should. "
        "The person concerned is the first one on the list.",
    ),
    "what_if_alone": (
        "Det, der kan ske, uden at nogen er ved at logge ind. Resten står på siden, hvor du vælger en person.",
        "What can happen while nobody is logging in. The rest is on the page where you choose a person.",
    ),
    "what_if_level": ("… niveauet mangler eller er forkert?", "… the level is missing or wrong?"),
    "what_if_identity": ("… det ikke er sikkert, hvem det er?", "… who it is is not certain?"),
    "what_if_outage": ("… WAYF er nede eller langsom?", "… WAYF is down or slow?"),
    "what_if_hub": ("… WAYF svarer noget andet?", "… WAYF answers something else?"),
    "what_if_signature": ("… underskriften ikke er god?", "… the signature is not good?"),
    "what_if_wrapping": ("… et falsk svar gemmer sig ved et ægte?", "… a false answer hides beside a genuine one?"),
    "what_if_encryption": ("… krypteringen ikke er god?", "… the encryption is not good?"),
    "what_if_address": ("… svaret er til en anden?", "… the answer is for somebody else?"),
    "what_if_time": ("… tiden ikke passer?", "… the time does not fit?"),
    "what_if_xml": ("… svaret er lavet for at snyde læseren?", "… the answer is made to fool its reader?"),
    "what_if_unasked": ("… ingen har bedt om et login?", "… nobody has asked for a login?"),
    "what_if_logout": ("… en besked om at logge ud er falsk?", "… a message to log out is false?"),
    "what_if_logging_out": ("… WAYF svigter, mens du logger af?", "… WAYF fails while you log out?"),
    "what_if_metadata": ("… WAYFs metadata ser anderledes ud?", "… WAYF's metadata look different?"),
    "must": ("Det skal ske", "What must happen"),
    "try": ("Prøv det", "Try it"),
    "back": ("Tilbage", "Back"),
    "post_false": ("Svaret er lavet", "The answer is made"),
    "consent": ("Må oplysningerne sendes?", "May the attributes be sent?"),
    "consent_lead": (
        "Her spørger WAYF, før dine oplysninger sendes til tjenesten.",
        "Here WAYF asks before your attributes are sent to the service.",
    ),
    "consent_yes": ("Ja, send dem", "Yes, send them"),
    "away_title": ("Her ender det", "It ends here"),
    "away_lead": (
        "Personen har lukket fanen. Åbn tjenesten igen: Ingen er logget på.",
        "The person has closed the tab. Open the service again: nobody is logged in.",
    ),
    "wrong_code_title": ("Koden var forkert", "The code was wrong"),
    "wrong_code_lead": (
        "Login er ikke slut. Gå tilbage, og prøv igen, eller afbryd.",
        "The login is not over. Go back and try again, or cancel.",
    ),
    "log_in_first_title": ("Log ind én gang først", "Log in once first"),
    "log_in_first_lead": (
        "Der er intet svar at gentage. Log ind som en af personerne, log af igen, og prøv så dette.",
        "There is no answer to repeat. Log in as one of the people, log out again, then try this.",
    ),
    "log_out_first_title": ("Log ud herfra én gang først", "Log out from here once first"),
    "log_out_first_lead": (
        "Der er ingen besked at gentage. Log ind, brug »Log ud, som om det skete et andet sted«, og prøv så dette.",
        "There is no message to repeat. Log in, use “Log out as if it happened elsewhere”, then try this.",
    ),
    "set_title": ("Log nu af tjenesten", "Now log out of the service"),
    "set_lead": (
        "Det sker, når denne browser næste gang logger af. Log ind først, hvis du ikke er logget på.",
        "It happens when this browser logs out next. Log in first if you are not logged in.",
    ),
    "left_title": ("Her ender det", "It ends here"),
    "left_lead": (
        "WAYF har logget dig ud, men sender dig ikke tilbage. Åbn selv tjenesten igen.",
        "WAYF has logged you out, but does not send you back. Open the service again yourself.",
    ),
    "lost_title": ("Svaret gik tabt", "The answer was lost"),
    "lost_lead": (
        "Tjenesten får ikke at vide, at du er logget ud. Log ind igen, og lad så det tabte svar komme frem.",
        "The service does not learn that you are logged out. Log in again, then let the lost answer arrive.",
    ),
    "lose_first_title": ("Lad et svar gå tabt én gang først", "Let an answer be lost once first"),
    "lose_first_lead": (
        "Der er intet svar, der kan komme for sent. Prøv »Svaret fra WAYF går tabt«, og log af tjenesten.",
        "There is no answer that could be late. Try “WAYF's answer is lost”, and log out of the service.",
    ),
    "mail_title": ("Mails til ejerne af konti", "Mails to the owners of accounts"),
    "mail_lead": (
        "Her lander de mails, som tjenesten sender. De kommer nogle sekunder efter, at der er sket noget.",
        "Here the mails that the service sends arrive, a few seconds after something has happened.",
    ),
    "mail_reload": ("Se efter nye mails", "Look for new mails"),
    "mail_empty": (
        "Der er ingen mails endnu. Vælg en ny adgangskode, og se efter igen.",
        "There are no mails yet. Choose a new password, then look again.",
    ),
    "mail_no_subject": ("(intet emne)", "(no subject)"),
    "mail_at": ("Modtaget", "Received"),
    "mail_to": ("Til", "To"),
    "skip": ("Gå til indhold", "Skip to content"),
}


def texts(language: str) -> dict[str, str]:
    """All texts in one language."""
    position = LANGUAGES.index(language)
    return {key: pair[position] for key, pair in _TEXTS.items()}
