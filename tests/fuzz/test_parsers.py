"""What takes octets from outside, for as long as it is given: the one refusal, and no other way out."""

import random
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast
from urllib.parse import quote

import pytest
from lxml import etree

from resetapp.demo import messages
from resetapp.saml import xml
from resetapp.saml.faults import Refused, SamlConfigurationError
from resetapp.saml.feed import read_feed
from resetapp.saml.hub import Unfit
from resetapp.saml.hub_source import read_file_of
from resetapp.saml.names import RSA_SHA256
from resetapp.saml.redirect import read_query
from resetapp.trouble import LogoutRefused
from tests.builders import NOON
from tests.fuzz.conftest import SECONDS, SEED
from tests.fuzz.edits import changed_octets, edited, with_foreign_syntax
from tests.saml.logout_scene import a_request, query, resigned
from tests.saml.scene import HUB, Scene

pytestmark = pytest.mark.fuzz

LONGEST = 5.0  # seconds for one input; honest ones take milliseconds
Take = Callable[[bytes], object]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.in_folder(tmp_path_factory.mktemp("keys"))


def mutated(seeds: list[bytes], dice: random.Random) -> bytes:
    seed = dice.choice(seeds)
    match dice.randrange(5):
        case 0:
            return dice.randbytes(dice.randrange(2000))
        case 1:
            return with_foreign_syntax(seed, dice, "http://127.0.0.1:9/")
        case 2:
            return messages.serialised(edited(etree.fromstring(seed), dice))
        case _:
            return changed_octets(changed_octets(seed, dice) or b"<", dice)


def survives(take: Take, made: Callable[[random.Random], bytes], seconds: float) -> int:
    """How many inputs it took. The number of the one it did not take stands in the failure."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        octets, begun = made(random.Random(f"{SEED}.{number}")), time.process_time()
        assert fault(take, octets) == "", f"input {SEED}.{number}"
        assert time.process_time() - begun < LONGEST, f"input {SEED}.{number}"
        number += 1
    return number


def fault(take: Take, octets: bytes) -> str:
    """Empty when the octets were taken, or refused for a cause that was thought of."""
    try:
        take(octets)
    except (Refused, SamlConfigurationError, LogoutRefused) as refused:
        return "unforeseen" if getattr(refused, "reason", "") == "unforeseen" else ""
    except Exception as error:
        return type(error).__name__
    return ""


def seeds(scene: Scene) -> list[bytes]:
    metadata = messages.hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [scene.hub])
    return [scene.xml(), messages.serialised(messages.assertion_xml(scene.response())), metadata, a_request()]


def takes_xml(octets: bytes) -> None:
    """Whatever is let through is one document without what parsers disagree about, and has a canonical form."""
    parsed = xml.parse(octets)
    assert cast("etree._Element", parsed).getroottree().docinfo.internalDTD is None
    assert all(isinstance(node.tag, str) for node in parsed.iter())  # no comment, instruction or entity
    etree.fromstring(xml.canonical(parsed))


def test_the_parser(scene: Scene) -> None:
    known = seeds(scene)
    assert survives(takes_xml, lambda dice: mutated(known, dice), SECONDS / 6) > 0


def test_base64() -> None:
    known = [b64encode(random.Random(SEED).randbytes(size)) for size in (0, 1, 2, 3, 100, 5000)]
    made = lambda dice: changed_octets(dice.choice(known) or b"=", dice)  # noqa: E731 - one line says it
    assert survives(lambda octets: xml.decode_posted(octets.decode("latin-1")), made, SECONDS / 6) > 0


def test_inflating_and_the_query(scene: Scene) -> None:
    """Also queries that are signed well and hold anything: the hub's key does not make its messages harmless."""
    honest = query(scene, a_request(), relay_state="r")
    keys = (scene.hub.private.public_key(),)

    def made(dice: random.Random) -> bytes:
        if dice.random() < 0.5:
            return changed_octets(honest, dice)
        deflated = zlib.compress(mutated([a_request()], dice), wbits=-15)
        octets = changed_octets(deflated, dice) if dice.random() < 0.5 else deflated * dice.choice((1, 1, 2))
        return query_of(scene, octets)

    assert survives(lambda octets: read_query(octets, keys), made, SECONDS / 6) > 0


def query_of(scene: Scene, deflated: bytes) -> bytes:
    message, method = quote(b64encode(deflated), safe=""), quote(RSA_SHA256, safe="")
    return resigned(scene, f"SAMLRequest={message}&SigAlg={method}")


def test_a_bomb_is_let_go_before_it_is_large(scene: Scene) -> None:
    bomb = zlib.compress(b"<" + b" " * 40_000_000, 9, wbits=-15)
    with pytest.raises(Refused):
        read_query(query_of(scene, bomb[:20_000]), (scene.hub.private.public_key(),))


def test_logout_messages(scene: Scene) -> None:
    made = lambda dice: query_of(scene, zlib.compress(mutated([a_request()], dice), wbits=-15))  # noqa: E731 - as above
    take: Take = lambda octets: scene.sp.read_logout(octets, NOON + timedelta(seconds=1))  # noqa: E731 - as above
    assert survives(take, made, SECONDS / 6) > 0


def test_the_hubs_metadata(scene: Scene, tmp_path: Path) -> None:
    known, file = seeds(scene)[2:3], tmp_path / "hub.xml"
    wayf = replace(scene.wayf, hub_metadata_file=file)

    def take(octets: bytes) -> None:
        file.write_bytes(octets)
        read_file_of(wayf)

    assert survives(take, lambda dice: mutated(known, dice), SECONDS / 6) > 0


def test_a_signed_feed_is_the_honest_one_or_nothing(scene: Scene) -> None:
    end, keys = NOON + timedelta(days=7), [scene.hub.private.public_key()]
    honest = messages.hub_metadata(HUB, f"{HUB}/sso", f"{HUB}/slo", [scene.hub], valid_until=end, feed_key=scene.hub)
    known = read_feed(honest, HUB, keys)

    def take(octets: bytes) -> None:
        try:
            assert read_feed(octets, HUB, keys) == known
        except Unfit:
            raise Refused("unfit") from None

    assert survives(take, lambda dice: mutated([honest], dice), SECONDS / 6) > 0
