"""Stock pysaml2 with Debian's xmlsec1: somebody else's reading of the same messages, for tests and bench only."""

import os
import shutil
from collections.abc import Mapping
from typing import Any

from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig

from resetapp.saml.endpoints import Endpoints
from resetapp.saml.names import POST, REDIRECT, RSA_SHA256, TRANSIENT, XENC_URI
from resetapp.settings import KeyPair, Wayf

# xmlsec1 would load the system's certificate authorities at each of its five starts, which it has no use for here
QUIET_TLS = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": "/nonexistent"}


def xmlsec1() -> str | None:
    """The program's path, or None where it is not installed."""
    return shutil.which("xmlsec1")


class Oracle:
    """Answers what an assertion says, or None when it refuses."""

    def __init__(self, wayf: Wayf, public_url: str) -> None:
        endpoints = Endpoints.below(public_url)
        settings = _dictionary(wayf, endpoints) | {
            "xmlsec_binary": xmlsec1(),
            "metadata": {"local": [str(wayf.hub_metadata_file)]},
            "encryption_keypairs": [_files(pair) for pair in wayf.encryption],
        }
        self._client = Saml2Client(SPConfig().load(settings))
        self._conversation = {
            "remote_addr": "192.0.2.1",
            "request_uri": endpoints.acs,
            "entity_id": wayf.entity_id,
            "endpoints": {},
        }

    def read(self, encoded: str, request_id: str) -> Mapping[str, Any] | None:
        """It refuses by many exceptions and, for some faults, by an object that holds nothing."""
        try:
            found = self._client.parse_authn_request_response(
                encoded, BINDING_HTTP_POST, {request_id: "/"}, conv_info=self._conversation
            )
        except Exception:
            return None
        if found is None or found.assertion is None or found.name_id is None or not found.ava:
            return None
        return {
            "name_id": found.name_id.text,
            "attributes": {name: set(values) for name, values in found.ava.items()},
            "session_index": found.assertion.authn_statement[0].session_index,
        }


def _files(pair: KeyPair) -> dict[str, str]:
    return {"key_file": str(pair.key_file), "cert_file": str(pair.certificate_file)}


def _dictionary(wayf: Wayf, endpoints: Endpoints) -> dict[str, object]:
    """Our settings as pysaml2 wants them. Its defaults are SHA-1, and the algorithms only count inside `service.sp`."""
    return {
        "entityid": wayf.entity_id,
        "name": wayf.service_name,
        "service": {"sp": _service(endpoints)},
        "key_file": str(wayf.signing.key_file),
        "cert_file": str(wayf.signing.certificate_file),
        "only_use_keys_in_metadata": True,
        "allow_unknown_attributes": True,  # else the hub's short attribute names would be dropped
        "accepted_time_diff": int(wayf.clock_skew.total_seconds()),
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
