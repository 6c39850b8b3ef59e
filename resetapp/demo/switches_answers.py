"""False answers of every kind: the service must refuse each of them. The few that it must accept stand beside them."""

from datetime import timedelta
from functools import partial

from resetapp.demo import forgery, wrapping
from resetapp.demo.forgery import changed, shifted, wrapped
from resetapp.demo.messages import Cipher, DigestAlgorithm, KeyTransport, SignatureAlgorithm, Signing
from resetapp.demo.switch import LET_IN, REFUSED, Answer, End, Group, Switch

_ELSEWHERE = "https://andetsteds.example/saml"
_MINUTES = {"2": timedelta(minutes=2), "5": timedelta(minutes=5), "10": timedelta(minutes=10)}


def _row(group: Group, key: str, danish: str, english: str, forge: forgery.Forge, *, end: End = REFUSED) -> Switch:
    return Switch(key, group, (danish, english), end, Answer(forge))


_signature = partial(_row, Group.SIGNATURE)
_wrapping = partial(_row, Group.WRAPPING)
_encryption = partial(_row, Group.ENCRYPTION)
_address = partial(_row, Group.ADDRESS)
_time = partial(_row, Group.TIME)
_xml = partial(_row, Group.XML)

SIGNATURE = (
    _signature("unsigned", "Ingen har underskrevet svaret.", "Nobody has signed the answer.",
               changed(signing=Signing.NONE)),
    _signature("stripped", "Underskriften er taget ud, rammen står tilbage.",
               "The signature is taken out, its frame is left.", forgery.stripped),
    _signature("response_signed", "Kun konvolutten er underskrevet, ikke det, der står i den.",
               "Only the envelope is signed, not what is in it.", changed(signing=Signing.RESPONSE)),
    _signature("stranger", "En fremmed nøgle har underskrevet.", "A stranger's key has signed.", forgery.by_a_stranger),
    _signature("borrowed_certificate", "En fremmed nøgle har underskrevet og lagt WAYFs certifikat ved.",
               "A stranger's key has signed and enclosed WAYF's certificate.",
               forgery.by_a_stranger_with_the_hubs_certificate),
    _signature("edited", "CPR-nummeret er skiftet ud, efter at svaret blev underskrevet.",
               "The CPR number was exchanged after the answer was signed.", forgery.edited),
    _signature("sha1", "Underskriften bruger den forældede SHA-1.", "The signature uses the outdated SHA-1.",
               changed(signature_algorithm=SignatureAlgorithm.RSA_SHA1, digest_algorithm=DigestAlgorithm.SHA1)),
    _signature("sha1_digest", "Kun fingeraftrykket i underskriften er SHA-1.",
               "Only the digest in the signature is SHA-1.", changed(digest_algorithm=DigestAlgorithm.SHA1)),
    _signature("older_key", "WAYF skifter nøgle og underskriver med den anden af de to, der er offentliggjort.",
               "WAYF is changing its key and signs with the other one of the two that are published.",
               forgery.by_the_older_key, end=LET_IN),
    _signature("both_signed", "Både svar og konvolut er underskrevet.", "Both answer and envelope are signed.",
               changed(signing=Signing.BOTH), end=LET_IN),
)  # fmt: skip

WRAPPING = (
    _wrapping("evil_first", "Det falske svar står foran det ægte.", "The false answer stands before the genuine one.",
              wrapped(wrapping.evil_first)),
    _wrapping("evil_last", "Det falske svar står efter det ægte.", "The false answer stands behind the genuine one.",
              wrapped(wrapping.evil_last)),
    _wrapping("genuine_inside", "Det ægte svar ligger inde i det falske.",
              "The genuine answer lies inside the false one.", wrapped(wrapping.honest_inside_evil)),
    _wrapping("genuine_in_advice", "Det ægte svar er gemt som bilag til det falske.",
              "The genuine answer is hidden as an annex of the false one.", wrapped(wrapping.honest_inside_advice)),
    _wrapping("genuine_in_object", "Det ægte svar er gemt i underskriften på det falske.",
              "The genuine answer is hidden in the signature of the false one.",
              wrapped(wrapping.honest_inside_an_object)),
    _wrapping("evil_inside", "Det falske svar ligger inde i det ægte.", "The false answer lies inside the genuine one.",
              wrapped(wrapping.evil_inside_honest)),
    _wrapping("evil_in_signature", "Det falske svar er gemt i underskriften på det ægte.",
              "The false answer is hidden in the signature of the genuine one.",
              wrapped(wrapping.evil_inside_the_signature)),
    _wrapping("same_id", "Det falske svar har det ægtes nummer og underskrift.",
              "The false answer has the number and signature of the genuine one.", wrapped(wrapping.same_id_alone)),
    _wrapping("second_statement", "En anden persons oplysninger er føjet til det ægte svar.",
              "Somebody else's attributes are added to the genuine answer.", wrapped(wrapping.evil_statement_added)),
    _wrapping("signed_twice", "Underskriften står der to gange.", "The signature is there twice.",
              wrapped(wrapping.signed_twice)),
    _wrapping("two_encrypted", "Der er to krypterede svar, det falske først.",
              "There are two encrypted answers, the false one first.", forgery.two_encrypted),
)  # fmt: skip

ENCRYPTION = (
    _encryption("unencrypted", "Svaret er ikke krypteret.", "The answer is not encrypted.", changed(encrypt=False)),
    _encryption("wrong_key", "Svaret er krypteret til en anden tjeneste.",
                "The answer is encrypted to another service.", forgery.for_somebody_else),
    _encryption("rsa15", "Nøglen er pakket ind med det forældede RSA 1.5.",
                "The key is wrapped by the outdated RSA 1.5.",
                changed(key_transport=KeyTransport.RSA_1_5)),
    _encryption("cbc", "Svaret er krypteret med AES-CBC, som tjenesten ikke har bedt om.",
                "The answer is encrypted with AES-CBC, which the service has not asked for.",
                changed(cipher=Cipher.AES256_CBC)),
    _encryption("oaep_sha256", "Nøglen er pakket ind på WAYFs anden måde.", "The key is wrapped in WAYF's other way.",
                changed(key_transport=KeyTransport.OAEP_SHA256), end=LET_IN),
    _encryption("aes128", "Svaret er krypteret med AES-128-GCM.", "The answer is encrypted with AES-128-GCM.",
                changed(cipher=Cipher.AES128_GCM), end=LET_IN),
)  # fmt: skip

ADDRESS = (
    _address("audience", "Svaret er lavet til en anden tjeneste.", "The answer was made for another service.",
             changed(audience=_ELSEWHERE)),
    _address("no_audience", "Svaret siger ikke, hvem det er til.", "The answer does not say whom it is for.",
             changed(audience=None)),
    _address("recipient", "Svaret skulle afleveres på en anden adresse.",
             "The answer was to be delivered at another address.", changed(recipient=_ELSEWHERE)),
    _address("destination", "Konvolutten er adresseret til et andet sted.",
             "The envelope is addressed to another place.", changed(destination=_ELSEWHERE)),
    _address("another_request", "Svaret hører til et andet login.", "The answer belongs to another login.",
             changed(in_response_to="_another-request")),
    _address("no_request", "Svaret hører ikke til noget login.", "The answer belongs to no login at all.",
             forgery.unanswered),
    _address("issuer", "En anden end WAYF står som afsender.", "Somebody other than WAYF is the sender.",
             changed(issuer="https://wayf.andetsteds.example")),
)  # fmt: skip

TIME = (
    _time("expired", "Svaret er udløbet.", "The answer has expired.",
          changed(not_on_or_after=timedelta(minutes=-2), confirmation_not_on_or_after=timedelta(minutes=-2))),
    _time("not_yet", "Svaret gælder først om fem minutter.", "The answer is valid in five minutes only.",
          changed(not_before=timedelta(minutes=5))),
    _time("session_over", "Login er allerede slut hos NemLog-in.", "The login has already ended at NemLog-in.",
          changed(session_not_on_or_after=timedelta(minutes=-2))),
    _time("old_login", "Svaret er nyt, men login er en time gammelt. Der var bedt om et nyt.",
          "The answer is new, but the login is an hour old. A new one was asked for.", forgery.an_old_login),
    _time("clock_little_behind", "WAYFs ur går 30 sekunder for langsomt.", "WAYF's clock is 30 seconds slow.",
          shifted(timedelta(seconds=-30)), end=LET_IN),
    _time("clock_little_ahead", "WAYFs ur går 30 sekunder for hurtigt.", "WAYF's clock is 30 seconds fast.",
          shifted(timedelta(seconds=30)), end=LET_IN),
    *(_time(f"clock_{minutes}_behind", f"WAYFs ur går {minutes} minutter for langsomt.",
            f"WAYF's clock is {minutes} minutes slow.", shifted(-offset)) for minutes, offset in _MINUTES.items()),
    *(_time(f"clock_{minutes}_ahead", f"WAYFs ur går {minutes} minutter for hurtigt.",
            f"WAYF's clock is {minutes} minutes fast.", shifted(offset)) for minutes, offset in _MINUTES.items()),
)  # fmt: skip

XML = (
    _xml("comment", "En kommentar deler CPR-nummeret i to.", "A comment cuts the CPR number in two.",
         forgery.with_a_comment),
    _xml("entity", "Svaret vil læse en fil på tjenestens maskine (DTD).",
         "The answer wants to read a file of the service's machine (DTD).", forgery.with_an_entity),
    _xml("laughs", "Svaret vokser, mens det læses (billion laughs).",
         "The answer grows while it is read (billion laughs).", forgery.with_laughs),
    _xml("too_much", "Svaret har tusindvis af elementer.", "The answer has thousands of elements.", forgery.too_much),
    _xml("rubbish", "Svaret er slet ikke en SAML-besked.", "The answer is no SAML message at all.", forgery.rubbish),
    _xml("base64", "WAYF pakker alle værdier ind i base64, uden at tjenesten er sat op til det.",
         "WAYF wraps all values in base64, which the service is not set up for.",
         changed(base64_attributes=True)),
    _xml("no_subject", "Svaret siger ikke, hvem det handler om.", "The answer does not say whom it is about.",
         changed(name_id=None)),
    _xml("short_names", "WAYF bruger de korte navne for oplysningerne.", "WAYF uses the short names of the attributes.",
         forgery.by_short_names, end=LET_IN),
)  # fmt: skip

ANSWERS = SIGNATURE + WRAPPING + ENCRYPTION + ADDRESS + TIME + XML
