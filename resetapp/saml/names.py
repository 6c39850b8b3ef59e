"""Names from the SAML 2.0, XML-Signature and XML-Encryption specifications, and which of them may arrive."""

from collections.abc import Mapping
from types import MappingProxyType

SAML_URI = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP_URI = "urn:oasis:names:tc:SAML:2.0:protocol"
MD_URI = "urn:oasis:names:tc:SAML:2.0:metadata"
DS_URI = "http://www.w3.org/2000/09/xmldsig#"
XENC_URI = "http://www.w3.org/2001/04/xmlenc#"
XENC11_URI = "http://www.w3.org/2009/xmlenc11#"
MORE_URI = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

SAML, SAMLP, MD = f"{{{SAML_URI}}}", f"{{{SAMLP_URI}}}", f"{{{MD_URI}}}"
DS, XENC, XENC11, EC = f"{{{DS_URI}}}", f"{{{XENC_URI}}}", f"{{{XENC11_URI}}}", f"{{{EXCLUSIVE_C14N}}}"

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
ENTITY_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
URI_NAME_FORMAT = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = STATUS + "Success"
PARTIAL_LOGOUT = STATUS + "PartialLogout"  # beside Success or Responder (SAML core 3.7.3.2)
RSA_SHA256 = MORE_URI + "rsa-sha256"
NSIS_LEVEL = "https://data.gov.dk/concept/core/nsis/loa/"

RESPONSE, LOGOUT_REQUEST, LOGOUT_RESPONSE = SAMLP + "Response", SAMLP + "LogoutRequest", SAMLP + "LogoutResponse"
ASSERTION, ENCRYPTED_ASSERTION, SIGNATURE = SAML + "Assertion", SAML + "EncryptedAssertion", DS + "Signature"

Vocabulary = Mapping[str, frozenset[str]]
"""The elements a document may hold, each with the attributes it may have. All else is refused, unread."""


def _vocabulary(*parts: Mapping[str, str]) -> Vocabulary:
    return MappingProxyType({tag: frozenset(names.split()) for part in parts for tag, names in part.items()})


_SIGNATURE_PARTS = {
    SIGNATURE: "",
    DS + "SignedInfo": "",
    DS + "CanonicalizationMethod": "Algorithm",
    DS + "SignatureMethod": "Algorithm",
    DS + "Reference": "URI",
    DS + "Transforms": "",
    DS + "Transform": "Algorithm",
    EC + "InclusiveNamespaces": "PrefixList",
    DS + "DigestMethod": "Algorithm",
    DS + "DigestValue": "",
    DS + "SignatureValue": "",
    DS + "KeyInfo": "",
    DS + "X509Data": "",
    DS + "X509Certificate": "",
}
_STATUS_PARTS = {
    SAMLP + "Status": "",
    SAMLP + "StatusCode": "Value",
    SAMLP + "StatusMessage": "",
}
_ENCRYPTION_PARTS = {
    ENCRYPTED_ASSERTION: "",
    XENC + "EncryptedData": "Type",
    XENC + "EncryptedKey": "",
    XENC + "EncryptionMethod": "Algorithm",
    XENC11 + "MGF": "Algorithm",
    XENC + "CipherData": "",
    XENC + "CipherValue": "",
}

RESPONSE_VOCABULARY = _vocabulary(
    {RESPONSE: "ID Version IssueInstant Destination InResponseTo Consent", SAML + "Issuer": "Format"},
    _STATUS_PARTS,
    _ENCRYPTION_PARTS,
    _SIGNATURE_PARTS,
)

ASSERTION_VOCABULARY = _vocabulary(
    {
        ASSERTION: "ID Version IssueInstant",
        SAML + "Issuer": "Format",
        SAML + "Subject": "",
        SAML + "NameID": "Format NameQualifier SPNameQualifier SPProvidedID",
        SAML + "SubjectConfirmation": "Method",
        SAML + "SubjectConfirmationData": "InResponseTo NotBefore NotOnOrAfter Recipient",
        SAML + "Conditions": "NotBefore NotOnOrAfter",
        SAML + "AudienceRestriction": "",
        SAML + "Audience": "",
        SAML + "OneTimeUse": "",
        SAML + "AuthnStatement": "AuthnInstant SessionIndex SessionNotOnOrAfter",
        SAML + "SubjectLocality": "Address DNSName",
        SAML + "AuthnContext": "",
        SAML + "AuthnContextClassRef": "",
        SAML + "AuthenticatingAuthority": "",
        SAML + "AttributeStatement": "",
        SAML + "Attribute": "Name NameFormat FriendlyName",
        SAML + "AttributeValue": "{http://www.w3.org/2001/XMLSchema-instance}type",
    },
    _SIGNATURE_PARTS,
)

LOGOUT_VOCABULARY = _vocabulary(
    {
        LOGOUT_REQUEST: "ID Version IssueInstant Destination NotOnOrAfter Reason Consent",
        LOGOUT_RESPONSE: "ID Version IssueInstant Destination InResponseTo Consent",
        SAML + "Issuer": "Format",
        SAML + "NameID": "Format NameQualifier SPNameQualifier SPProvidedID",
        SAMLP + "SessionIndex": "",
    },
    _STATUS_PARTS,
    _SIGNATURE_PARTS,
)
