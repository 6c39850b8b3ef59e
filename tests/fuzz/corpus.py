"""Mutated answers of the hub, as many as are asked for, the same ones each time.

The attacker has seen honest messages, has an honest assertion of his own, knows our public key and so can encrypt
what he likes, and signs with keys of his own. What he has not is the hub's key.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from cryptography import x509
from lxml import etree

from resetapp.demo import messages
from resetapp.demo.messages import Cipher, HubKey, KeyTransport, LoginResponse
from tests.fuzz.edits import changed_octets, edited, with_foreign_syntax
from tests.saml.scene import DS, XENC

_ALGORITHMS = (
    *("http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "", "urn:x"),
    *("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "http://www.w3.org/2001/04/xmlenc#aes256-cbc"),
    *("http://www.w3.org/2009/xmlenc11#aes128-gcm", "http://www.w3.org/2009/xmlenc11#aes256-gcm"),
    *("http://www.w3.org/2009/xmlenc11#rsa-oaep", "http://www.w3.org/2001/04/xmlenc#kw-aes128"),
)


@dataclass(frozen=True)
class Mutant:
    """`plain`: the assertion as it was encrypted; None where the hub's own was left as it is."""

    kind: str
    form: Mapping[str, str] = field(repr=False)
    plain: bytes | None = field(repr=False, default=None)


@dataclass(frozen=True)
class Corpus:
    """Grown from one honest answer. `listener`: an address on this machine that nobody may ask for anything."""

    honest: LoginResponse
    hub: HubKey
    certificate: x509.Certificate
    listener: str
    stranger: HubKey = field(default_factory=lambda: HubKey.create("stranger", bits=2048))

    def mutants(self, seed: int) -> Iterator[Mutant]:
        """Without end."""
        signed, response = self._signed(self.honest, self.hub), self._response()
        ways: tuple[Callable[[random.Random], Mutant], ...] = (
            lambda dice: self._sealed("octets of the assertion", changed_octets(messages.serialised(signed), dice)),
            lambda dice: self._sealed("tree of the assertion", messages.serialised(edited(signed, dice))),
            lambda dice: self._sealed("syntax of the assertion", self._strange(messages.serialised(signed), dice)),
            lambda dice: self._sealed("wrapping", self._wrapped(signed, dice)),
            lambda dice: self._sealed("another's signature", messages.serialised(self._foreign(dice))),
            lambda dice: _mutant("octets of the response", changed_octets(messages.serialised(response), dice)),
            lambda dice: _mutant("tree of the response", messages.serialised(edited(response, dice))),
            lambda dice: _mutant("syntax of the response", self._strange(messages.serialised(response), dice)),
            lambda dice: _mutant("encryption", messages.serialised(_other_encryption(response, dice))),
            lambda dice: _of_the_form(messages.encoded(messages.serialised(response)), dice),
        )
        number = 0
        while True:
            dice = random.Random(f"{seed}.{number}")
            yield ways[number % len(ways)](dice)
            number += 1

    def signed_form(self, plain: bytes) -> bytes | None:
        """An assertion in canonical form, with its signature but without the KeyInfo in it; None: it is no XML."""
        try:
            root = etree.fromstring(plain)
        except etree.XMLSyntaxError:
            return None
        for unread in root.findall(
            f"{DS}Signature/{DS}KeyInfo"
        ):  # anybody may write it: it is not signed, and not read
            unread.getparent().remove(unread)
        return bytes(etree.tostring(root, method="c14n", exclusive=True, with_comments=True))

    @property
    def honest_form(self) -> bytes | None:
        return self.signed_form(messages.serialised(self._signed(self.honest, self.hub)))

    def _signed(self, response: LoginResponse, key: HubKey) -> etree._Element:
        made = messages.assertion_xml(response)
        messages.sign(made, key)
        return made

    def _response(self) -> etree._Element:
        return etree.fromstring(messages.login_response(self.honest, self.hub, self.certificate))

    def _sealed(self, kind: str, plain: bytes) -> Mutant:
        root = messages.envelope_xml(self.honest)
        root.append(messages.encrypt(plain, self.certificate, KeyTransport.MGF1P, Cipher.AES256_GCM))
        return replace(_mutant(kind, messages.serialised(root)), plain=plain)

    def _strange(self, octets: bytes, dice: random.Random) -> bytes:
        return with_foreign_syntax(octets, dice, self.listener)

    def _foreign(self, dice: random.Random) -> etree._Element:
        """A good assertion of somebody who is not the hub, perhaps with the hub's own certificate beside it."""
        made = self._signed(self.honest, self.stranger)
        if dice.random() < 0.5:
            hubs = self._signed(self.honest, self.hub).find(f".//{DS}X509Certificate")
            made.find(f".//{DS}X509Certificate").text = hubs.text
        return edited(made, dice) if dice.random() < 0.5 else made

    def _wrapped(self, honest: etree._Element, dice: random.Random) -> bytes:
        """The honest assertion somewhere in or around another that names somebody else."""
        evil = messages.assertion_xml(replace(self.honest, attributes=messages.nemlogin_attributes("6102901234", "E")))
        evil.set("ID", honest.get("ID") if dice.random() < 0.3 else messages.new_id())
        signature = honest.find(f"{DS}Signature")
        if dice.random() < 0.5:
            evil.insert(1, deepcopy(signature))
        outer, inner = (evil, deepcopy(honest)) if dice.random() < 0.6 else (deepcopy(honest), evil)
        home = dice.choice(list(outer.iter("*")))
        home.insert(dice.randint(0, len(home)), inner)
        return messages.serialised(outer if dice.random() < 0.7 else edited(outer, dice))


def _mutant(kind: str, xml: bytes) -> Mutant:
    return Mutant(kind, {"SAMLResponse": messages.encoded(xml), "RelayState": ""})


def _other_encryption(response: etree._Element, dice: random.Random) -> etree._Element:
    copy = deepcopy(response)
    for _ in range(dice.choice((1, 1, 2))):
        values = copy.findall(f".//{XENC}CipherValue")
        methods = copy.findall(f".//{XENC}EncryptionMethod")
        if methods and dice.random() < 0.4:
            dice.choice(methods).set("Algorithm", dice.choice(_ALGORITHMS))
        elif values:
            chosen = dice.choice(values)
            changed = changed_octets((chosen.text or "A").encode(), dice)
            chosen.text = bytes(each for each in changed if 0x20 <= each < 0x7F).decode()
    return copy


def _of_the_form(encoded: str, dice: random.Random) -> Mutant:
    changed = changed_octets(encoded.encode(), dice).decode("latin-1")
    forms: tuple[Mapping[str, str], ...] = (
        {"SAMLResponse": changed},
        {"SAMLResponse": changed, "RelayState": "x" * 5000},
        {"SAMLRequest": encoded},
        {"samlresponse": encoded},
        {},
    )
    return Mutant("form", dice.choice((forms[0], forms[0], *forms)))
