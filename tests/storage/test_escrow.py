"""A sealed number is opened by the offline key alone, and only as what it was sealed as."""

import hashlib
import hmac
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from resetapp.storage.escrow import Escrow, NotOpened, OfflineKey, new_pair
from tests.builders import FREJA
from tests.storage.mapping_rows import TENANT, number

PRIVATE, PUBLIC = new_pair()
ROW = "0123456789abcdef" * 2


def seal(tenant: str = TENANT, public: bytes = PUBLIC, row: str = ROW) -> bytes:
    return Escrow(tenant, public).seal(FREJA, row)


def opened(sealed: bytes, tenant: str = TENANT, private: bytes = PRIVATE, row: str = ROW) -> str:
    return OfflineKey(tenant, private).open(sealed, row).digits


def refused(sealed: bytes) -> bool:
    with pytest.raises(NotOpened) as caught:
        opened(sealed)
    return str(caught.value) == "" and caught.value.__cause__ is None


def test_what_is_sealed_comes_back() -> None:
    for cpr in (FREJA, number(0), number(9999)):
        assert OfflineKey(TENANT, PRIVATE).open(Escrow(TENANT, PUBLIC).seal(cpr, ROW), ROW) == cpr


def test_equal_numbers_do_not_look_alike() -> None:
    sealed = {seal() for _ in range(50)}
    assert len(sealed) == 50
    assert {len(each) for each in sealed} == {58}


def test_the_public_half_opens_nothing() -> None:
    assert not hasattr(Escrow(TENANT, PUBLIC), "open")
    with pytest.raises(NotOpened):
        opened(seal(), private=PUBLIC)


@pytest.mark.parametrize("other", [{"row": ROW[::-1]}, {"tenant": "eksempel.dk"}, {"private": new_pair()[0]}])
def test_it_is_bound_to_its_row_its_institution_and_its_key(other: dict[str, str]) -> None:
    with pytest.raises(NotOpened):
        opened(seal(), **other)  # type: ignore[arg-type]


def test_no_bit_of_it_can_be_changed() -> None:
    sealed = seal()
    flipped = [
        bytes(n ^ (1 << bit) if at == k else n for k, n in enumerate(sealed)) for at in range(58) for bit in (0, 6)
    ]
    assert all(refused(each) for each in flipped)


def test_nothing_can_be_cut_off_or_added() -> None:
    sealed = seal()
    assert all(refused(sealed[:length]) for length in range(len(sealed)))
    assert all(refused(each) for each in (sealed + b"\0", b"\0" + sealed, sealed + sealed))


@pytest.mark.parametrize("content", [b"", b"610190123", b"9999999999", b"61019012345", "６".encode() * 3, b"\xff" * 10])
def test_something_else_that_was_sealed_is_no_number(content: bytes) -> None:
    """Anybody can seal: the public key is no secret."""
    assert refused(sealed_by_hand(content))


def test_it_is_opened_as_the_standard_says() -> None:
    """RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, written out."""
    sealed = seal()
    key, nonce = schedule(shared(sealed[:32], PRIVATE, PUBLIC), context(TENANT, ROW))
    assert AESGCM(key).decrypt(nonce, sealed[32:], b"") == FREJA.digits.encode()
    assert opened(sealed_by_hand(FREJA.digits.encode())) == FREJA.digits


def test_each_pair_is_a_new_one_whose_halves_belong_together() -> None:
    pairs = [new_pair() for _ in range(20)]
    assert len(set(pairs)) == 20
    for private, public in pairs:
        assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == public


def test_the_private_half_is_not_shown_and_not_pickled() -> None:
    key = OfflineKey(TENANT, PRIVATE)
    assert repr(key) == str(key) == "OfflineKey()"
    with pytest.raises(TypeError):
        pickle.dumps(key)


def context(tenant: str, row: str) -> bytes:
    return f"resetapp/cpr-escrow/v1|{tenant}|{row}".encode()


def sealed_by_hand(content: bytes) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    encapsulated = ephemeral.public_key().public_bytes_raw()
    agreed = ephemeral.exchange(X25519PublicKey.from_public_bytes(PUBLIC))
    key, nonce = schedule(kem_secret(agreed, encapsulated + PUBLIC), context(TENANT, ROW))
    return encapsulated + AESGCM(key).encrypt(nonce, content, b"")


def shared(encapsulated: bytes, private: bytes, public: bytes) -> bytes:
    agreed = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(encapsulated))
    return kem_secret(agreed, encapsulated + public)


KEM, HPKE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"


def kem_secret(agreed: bytes, kem_context: bytes) -> bytes:
    """Section 4.1, ExtractAndExpand."""
    return expand(extract(b"", KEM, b"eae_prk", agreed), KEM, b"shared_secret", kem_context, 32)


def schedule(secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Section 5.1, KeySchedule in base mode: key and first nonce."""
    hashed = extract(b"", HPKE, b"psk_id_hash", b""), extract(b"", HPKE, b"info_hash", info)
    used = b"\x00" + b"".join(hashed)
    prk = extract(secret, HPKE, b"secret", b"")
    return expand(prk, HPKE, b"key", used, 32), expand(prk, HPKE, b"base_nonce", used, 12)


def extract(salt: bytes, suite: bytes, label: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def expand(prk: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """One block: no more than 32 bytes are wanted."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", hashlib.sha256)[:length]
