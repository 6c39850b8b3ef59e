"""How long it takes to judge one login: our gate, the least any program could need, and stock pysaml2 with xmlsec1.

`python -m bench.saml_core` prints a table; with `--check` it also exits 1 when a target is missed. The message is the
hub's: signed by RSA-3072 with SHA-256, encrypted by RSA-OAEP to an RSA-3072 key and AES-256-GCM, about 20 attributes.
"""

import base64
import dataclasses
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from bench.rows import Row, at_least, at_most, table
from bench.timing import Times, interleaved
from resetapp.demo import messages
from resetapp.saml.keys import read_private_key
from resetapp.saml.service_provider import PendingLogin
from tests.saml.oracle import QUIET_TLS, Oracle, xmlsec1
from tests.saml.scene import PUBLIC_URL, XENC, Scene

ROUNDS = 300
FLOOR_RATIO, ORACLE_RATIO = 2.5, 40.0
FLOOR, CORE, ORACLE = "floor", "core", "pysaml2 with xmlsec1"
SPARED = "the same, spared the CA files"  # five times per login xmlsec1 reads the system's certificate authorities
SLOW = frozenset({ORACLE, SPARED})


def floor(scene: Scene, encoded: str) -> Callable[[], object]:
    """What cannot be left out, and nothing besides: base64, parsing, RSA twice, AES, canonical forms and a digest."""
    key, public = read_private_key(scene.wayf.encryption[0].key_file), scene.hub.private.public_key()
    sha1 = hashes.SHA1()  # noqa: S303 - the hash of rsa-oaep-mgf1p
    oaep, pkcs1, sha256 = OAEP(MGF1(sha1), sha1, None), PKCS1v15(), hashes.SHA256()

    def run() -> bytes:
        response = etree.fromstring(base64.b64decode(encoded))
        wrapped, sealed = (base64.b64decode(node.text) for node in response.iter(f"{XENC}CipherValue"))
        plain = AESGCM(key.decrypt(wrapped, oaep)).decrypt(sealed[:12], sealed[12:], None)
        assertion = etree.fromstring(plain)
        signature = assertion[1]
        info = etree.tostring(signature[0], method="c14n", exclusive=True)
        public.verify(base64.b64decode(signature[1].text), info, pkcs1, sha256)
        assertion.remove(signature)
        return hashlib.sha256(etree.tostring(assertion, method="c14n", exclusive=True)).digest()

    return run


def measure(rounds: int = ROUNDS) -> list[Row]:
    """The rows of the table. Stock pysaml2 is left out where xmlsec1 is not installed."""
    now = datetime.now(UTC).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as folder:
        scene = dataclasses.replace(Scene.in_folder(Path(folder)), pending=PendingLogin("_request-1", now))
        encoded = messages.encoded(scene.xml(now=now))
        work: dict[str, Callable[[], object]] = {
            FLOOR: floor(scene, encoded),
            CORE: lambda: scene.sp.read_response(encoded, scene.pending, now),
        }
        if xmlsec1():
            work |= {ORACLE: stock(scene, encoded, {}), SPARED: stock(scene, encoded, QUIET_TLS)}
        return rows(interleaved(work, rounds, SLOW), len(encoded))


def stock(scene: Scene, encoded: str, environment: Mapping[str, str]) -> Callable[[], object]:
    """`environment`: what the xmlsec1 programs find there besides."""
    oracle = Oracle(scene.wayf, PUBLIC_URL)

    def run() -> None:
        os.environ.update(environment)
        if oracle.read(encoded, scene.pending.request_id) is None:
            raise RuntimeError("stock pysaml2 refuses the message: the comparison is worth nothing")
        for name in environment:
            del os.environ[name]

    return run


def rows(times: Mapping[str, Times], octets: int) -> list[Row]:
    """The least is what the work costs; the first quartile shows what a shared machine adds."""
    found = [Row("the message, in base64", octets / 1000, "kB")]
    for name, taken in times.items():
        found += [Row(f"{name}, least", taken.least, "ms"), Row(f"{name}, p25", taken.quartile, "ms")]
    core = times[CORE].least
    found.append(at_most("core to floor", core / times[FLOOR].least, "times", FLOOR_RATIO))
    if ORACLE in times:
        found.append(at_least(f"{ORACLE} to core", times[ORACLE].least / core, "times", ORACLE_RATIO))
    return found


def main() -> int:
    found = measure()
    print(table(found))
    return 1 if "--check" in sys.argv[1:] and not all(row.ok for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
