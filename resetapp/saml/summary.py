"""Our metadata in words, Danish and English: what WAYF's secretariat asks for in an application (wayf.md 7.3).

The texts are for an authority and not for the people who use the service, so they do not stand in the catalogues.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from resetapp.saml.attributes import ASSURANCE, COMMON_NAME, CPR, HOME, REQUESTED
from resetapp.saml.endpoints import Endpoints
from resetapp.saml.keys import fingerprint, read_certificate
from resetapp.settings.model import Institution, Wayf

_WHY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        CPR.basic: (
            "finder personens konti i institutionens katalog. Nummeret gemmes ikke; tilbage bliver et fingeraftryk, "
            "som kun kan dannes med en hemmelig nøgle",
            "finds the person's accounts in the institution's directory. The number is not stored; what stays is a "
            "fingerprint that can only be made with a secret key",
        ),
        ASSURANCE.basic: (
            "afgør, om sikringsniveauet er mindst Betydelig. Ellers afvises den, der logger ind",
            "tells whether the assurance level is at least Substantial. Otherwise the person is turned away",
        ),
        COMMON_NAME.basic: (
            "viser personen, hvem der er logget ind",
            "shows the person who is logged in",
        ),
        HOME.basic: (
            "viser, at oplysningerne kommer fra NemLog-in og ikke fra en anden identitetsudbyder",
            "shows that the information comes from NemLog-in and from no other identity provider",
        ),
    }
)
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("Tilslutning til NemLog-in gennem WAYF", "Connection to NemLog-in through WAYF"),
        "service": ("Tjeneste", "Service"),
        "institution": ("Institution", "Institution"),
        "purpose": ("Formål", "Purpose"),
        "entity": ("EntityID", "EntityID"),
        "endpoints": ("Endepunkter", "Endpoints"),
        "attributes": ("Attributter og hvorfor", "Attributes and why"),
        "required": ("nødvendig", "required"),
        "wished": ("ønskes", "wished for"),
        "keys": ("Nøgler (SHA-256 af certifikatet)", "Keys (SHA-256 of the certificate)"),
        "signing": ("signering", "signing"),
        "encryption": ("kryptering", "encryption"),
        "first": ("kryptering; brug denne", "encryption; use this one"),
        "contacts": ("Kontakt", "Contacts"),
        "technical": ("teknisk", "technical"),
        "support": ("support for brugere", "support for users"),
        "privacy": ("databeskyttelse", "data protection"),
        "order": ("Vi beder om", "We ask for"),
    }
)
_ORDER = (
    (
        "kun NemLog-in som identitetsudbyder (https://nemlogin.wayf.dk)",
        "assertion signeret og derefter krypteret",
        "samtykkeside slået fra: grundlaget er myndighedens opgave, ikke samtykke",
        "attributværdier uden base64",
    ),
    (
        "NemLog-in as the only identity provider (https://nemlogin.wayf.dk)",
        "the assertion signed and then encrypted",
        "no consent page: the legal basis is the authority's task, not consent",
        "attribute values without base64",
    ),
)


def metadata_summary(wayf: Wayf, public_url: str, institution: Institution) -> str:
    """Plain text, Danish and then English. Raises SamlConfigurationError for a certificate that cannot be read."""
    parts = ("\n".join(_lines(wayf, public_url, institution, language)) for language in (0, 1))
    return "\n\n\n".join(parts)


def _lines(wayf: Wayf, public_url: str, institution: Institution, language: int) -> Iterator[str]:
    words = {name: both[language] for name, both in _WORDS.items()}
    english = bool(language)
    yield from (words["title"], "=" * len(words["title"]), "")
    yield f"{words['institution']}: {(english and institution.name_en) or institution.name}"
    yield f"{words['service']}: {(english and wayf.service_name_en) or wayf.service_name}, {public_url}"
    yield f"{words['purpose']}: {(english and wayf.purpose_en) or wayf.purpose}"
    yield f"{words['entity']}: {wayf.entity_id}"
    yield from ("", f"{words['endpoints']}:", *_endpoints(public_url))
    yield from ("", f"{words['attributes']}:", *_attributes(words, language))
    yield from ("", f"{words['order']}:", *(f"- {line}" for line in _ORDER[language]))
    yield from ("", f"{words['keys']}:", *_keys(wayf, words))
    yield from ("", f"{words['contacts']}:")
    yield f"- {words['technical']}: {wayf.technical_contact}"
    yield f"- {words['support']}: {institution.support_email}, {institution.support_phone}"
    yield f"- {words['privacy']}: {institution.privacy_contact}"


def _endpoints(public_url: str) -> Iterator[str]:
    endpoints = Endpoints.below(public_url)
    yield f"- AssertionConsumerService (HTTP-POST): {endpoints.acs}"
    yield f"- SingleLogoutService (HTTP-Redirect): {endpoints.slo}"
    yield f"- metadata: {endpoints.metadata}"


def _attributes(words: Mapping[str, str], language: int) -> Iterator[str]:
    for attribute in REQUESTED:
        need = words["required"] if attribute.required else words["wished"]
        yield f"- {attribute.basic} ({attribute.oid}, {need}): {_WHY[attribute.basic][language]}."


def _keys(wayf: Wayf, words: Mapping[str, str]) -> Iterator[str]:
    for pair in (wayf.signing, *wayf.also_signing):
        yield f"- {words['signing']}: {fingerprint(read_certificate(pair.certificate_file))}"
    for number, pair in enumerate(wayf.encryption):
        use = words["first"] if number == 0 and len(wayf.encryption) > 1 else words["encryption"]
        yield f"- {use}: {fingerprint(read_certificate(pair.certificate_file))}"
