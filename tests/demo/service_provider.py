"""A service provider made by hand: its metadata and the messages it sends to the simulated hub."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from resetapp.demo.messages import OIDS, Cipher, HubKey, KeyTransport, redirect_url, signed

ENTITY_ID = "https://sp.example/metadata"
ACS = "https://sp.example/saml/acs"
SLO = "https://sp.example/saml/slo"
ASKED = ("schacPersonalUniqueID", "eduPersonAssurance", "cn", "schacHomeOrganization")
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
NEMLOGIN = "https://nemlogin.wayf.dk"


@dataclass(frozen=True)
class ServiceProvider:
    signing: HubKey
    encryption: HubKey

    def metadata(
        self,
        transport: KeyTransport = KeyTransport.MGF1P,
        cipher: Cipher = Cipher.AES256_GCM,
        *,
        encrypts: bool = True,
        logs_out: bool = True,
        asked: tuple[str, ...] = ASKED,
    ) -> str:
        requested = "".join(
            f'<md:RequestedAttribute FriendlyName="{name}" Name="{OIDS.get(name, name)}"/>' for name in asked
        )
        methods = f'<md:EncryptionMethod Algorithm="{cipher}"/><md:EncryptionMethod Algorithm="{transport}"/>'
        keys = self._key("signing", self.signing) + (self._key("encryption", self.encryption, methods) * encrypts)
        slo = f'<md:SingleLogoutService Binding="{REDIRECT}" Location="{SLO}"/>' * logs_out
        post = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
        return f"""<md:EntityDescriptor entityID="{ENTITY_ID}" xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
            xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui">
          <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
            <md:Extensions><mdui:UIInfo>
              <mdui:DisplayName xml:lang="da">Adgangskode på Eksempelskolen</mdui:DisplayName>
              <mdui:DisplayName xml:lang="en">Password at the Example School</mdui:DisplayName>
            </mdui:UIInfo></md:Extensions>
            {keys}{slo}<md:AssertionConsumerService Binding="{post}" Location="{ACS}" index="0" isDefault="true"/>
            <md:AttributeConsumingService index="0">{requested}</md:AttributeConsumingService>
          </md:SPSSODescriptor></md:EntityDescriptor>"""

    def _key(self, use: str, key: HubKey, methods: str = "") -> str:
        certificate = f"<ds:X509Data><ds:X509Certificate>{key.certificate_text()}</ds:X509Certificate></ds:X509Data>"
        return f'<md:KeyDescriptor use="{use}"><ds:KeyInfo>{certificate}</ds:KeyInfo>{methods}</md:KeyDescriptor>'


def instant(offset: timedelta = timedelta()) -> str:
    return f"{datetime.now(UTC) + offset:%Y-%m-%dT%H:%M:%SZ}"


def authn_request(
    destination: str,
    *,
    acs: str = ACS,
    issuer: str = ENTITY_ID,
    issued: str | None = None,
    providers: tuple[str, ...] = (NEMLOGIN,),
    attributes: str = 'ForceAuthn="true"',
    inside: str = "",
) -> bytes:
    entries = "".join(f'<samlp:IDPEntry ProviderID="{provider}"/>' for provider in providers)
    scoping = f"<samlp:Scoping><samlp:IDPList>{entries}</samlp:IDPList></samlp:Scoping>" if providers else ""
    return f"""<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_request" Version="2.0"
        xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" IssueInstant="{issued or instant()}"
        Destination="{destination}" AssertionConsumerServiceURL="{acs}" {attributes}>
        <saml:Issuer>{issuer}</saml:Issuer>{inside}{scoping}</samlp:AuthnRequest>""".encode()


def sent(url: str, xml: bytes, key: HubKey | None, parameter: str = "SAMLRequest") -> str:
    """Path and query of the redirect, as a test client wants them."""
    parts = urlsplit(redirect_url(url, parameter, xml, "state-1", key))
    return f"{parts.path}?{parts.query}"


def posted(xml: bytes, key: HubKey | None) -> dict[str, str]:
    return {"SAMLRequest": b64encode(signed(xml, key) if key else xml).decode(), "RelayState": "state-1"}


class Form(HTMLParser):
    """The only form of a page: where it goes, its hidden fields, the people that can be chosen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.people: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found["action"]
        elif tag == "input" and found.get("type") == "hidden":
            self.fields[found["name"]] = found["value"]
        elif tag == "button" and found.get("name") == "person":
            self.people.append(found["value"])


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
