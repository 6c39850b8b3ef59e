"""The xmlsec1 program: an implementation that shares no code with ours."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from resetapp.demo.messages import HubKey
from tests.demo.driving import NS
from tests.demo.service_provider import written


class XmlSec:
    """The xmlsec1 program, with the hub's certificate and the service provider's key in files."""

    def __init__(self, folder: Path, hub_key: HubKey, sp_key: HubKey) -> None:
        self.folder = folder
        pem = hub_key.certificate.public_bytes(Encoding.PEM)
        self.certificate = written(folder, "hub.crt", pem)
        self.key = written(folder, "sp.key", sp_key.private_pem())

    def decrypted(self, xml: bytes) -> bytes:
        output = self.folder / "plain.xml"
        found = self._run(
            "--decrypt", "--privkey-pem", self.key, "--output", output, written(self.folder, "m.xml", xml)
        )
        assert found == 0
        return output.read_bytes()

    def accepts(self, xml: bytes, element: str) -> bool:
        """Whether the signature that is a child of `element` (Response, Assertion …) is right."""
        ids = [f"--id-attr:ID={NS['saml']}:Assertion"] + [
            f"--id-attr:ID={NS['samlp']}:{name}" for name in ("Response", "LogoutRequest")
        ]
        xpath = f"//*[local-name()='{element}']/*[local-name()='Signature']"
        file = written(self.folder, "m.xml", xml)
        options = ["--pubkey-cert-pem", self.certificate, *(part for i in ids for part in i.split("=", 1))]
        return self._run("--verify", *options, "--node-xpath", xpath, file) == 0

    def _run(self, *arguments: object) -> int:
        program = shutil.which("xmlsec1") or pytest.skip("xmlsec1 is not installed")
        return subprocess.run([program, *map(str, arguments)], capture_output=True, timeout=30, check=False).returncode
