"""Our settings as pysaml2's dictionary, with its sharp edges filed (saml.md 4).

pysaml2 builds and signs what we send. Its defaults sign with SHA-1, and the two algorithm options count only inside
`service.sp`. It wants an xmlsec1 program to exist and never runs it here; it gets no decryption key and no metadata of
the hub, because it never reads a message.
"""

import sys
from dataclasses import dataclass

from saml2.client import Saml2Client
from saml2.config import SPConfig

from resetapp.saml.names import POST, REDIRECT, RSA_SHA256, TRANSIENT, XENC_URI
from resetapp.settings.model import Wayf


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the hub reaches us."""

    acs: str
    slo: str
    metadata: str

    @classmethod
    def below(cls, public_url: str) -> "Endpoints":
        """`public_url` is scheme and host."""
        root = public_url.rstrip("/") + "/saml"
        return cls(acs=f"{root}/acs", slo=f"{root}/slo", metadata=f"{root}/metadata")


def client(wayf: Wayf, endpoints: Endpoints) -> Saml2Client:
    """Slow (about 0.1 s): once per process, never per request. Sending with it keeps no state and is thread-safe."""
    return Saml2Client(SPConfig().load(dictionary(wayf, endpoints)))


def dictionary(wayf: Wayf, endpoints: Endpoints) -> dict[str, object]:
    return {
        "entityid": wayf.entity_id,
        "name": wayf.service_name,
        "service": {"sp": _service(endpoints)},
        "key_file": str(wayf.signing.key_file),
        "cert_file": str(wayf.signing.certificate_file),
        "only_use_keys_in_metadata": True,
        "allow_unknown_attributes": True,  # else the hub's short attribute names would be dropped
        "accepted_time_diff": int(wayf.clock_skew.total_seconds()),
        "xmlsec_binary": sys.executable,  # any file that exists: only looked for
        "delete_tmpfiles": True,
    }


def _service(endpoints: Endpoints) -> dict[str, object]:
    return {
        "endpoints": {
            "assertion_consumer_service": [(endpoints.acs, POST)],
            "single_logout_service": [(endpoints.slo, REDIRECT)],
        },
        "want_assertions_signed": True,
        "want_response_signed": False,  # the hub signs the assertion (wayf.md 5.1, layout A)
        "allow_unsolicited": False,
        "authn_requests_signed": True,
        "logout_requests_signed": True,
        "logout_responses_signed": True,
        "signing_algorithm": RSA_SHA256,
        "digest_algorithm": XENC_URI + "sha256",
        "name_id_format": [TRANSIENT],
    }
