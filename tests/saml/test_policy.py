"""Rows 27 and 28: who vouched, how surely, and for which CPR number. Everything else about these messages is right."""

from typing import Any

import pytest

from resetapp.core.outcomes import Outcome
from resetapp.core.people import AssuranceLevel
from resetapp.demo import messages
from resetapp.demo.hub_attributes import CPR_PREFIX
from resetapp.demo.messages import OIDS, nemlogin_attributes
from tests.saml.scene import CPR, Scene

NEMLOGIN, WAYF_NEMLOGIN = "https://saml.nemlog-in.dk", "https://nemlogin.wayf.dk"
UNIVERSITY = "https://idp.university.example"
LOA = "https://data.gov.dk/concept/core/nsis/loa/"


def with_values(name: str, *values: str) -> dict[str, Any]:
    """The attributes of an honest login, one of them replaced; without values it is left out."""
    attributes = {**nemlogin_attributes(CPR, "Ida Ørsted")}
    del attributes[OIDS[name]]
    if values:
        attributes[OIDS[name]] = values
    return {"attributes": attributes}


def with_level(*values: str) -> dict[str, Any]:
    return with_values("eduPersonAssurance", *values)


@pytest.mark.parametrize(
    "authorities",
    [
        (),
        (UNIVERSITY,),
        (NEMLOGIN, UNIVERSITY),  # planted by the university's own identity provider
        (NEMLOGIN, WAYF_NEMLOGIN, UNIVERSITY),
        (f"{NEMLOGIN}/",),
        (f"{NEMLOGIN}.evil.example",),
        (f"{WAYF_NEMLOGIN} ",),
    ],
)
def test_only_nemlogin_may_vouch_and_only_the_last_authority_counts(scene: Scene, authorities: tuple[str, ...]) -> None:
    xml = scene.xml(authorities=authorities)
    assert scene.refusal(xml, outcome=Outcome.WRONG_AUTHORITY) == "authority"


@pytest.mark.parametrize("authorities", [(NEMLOGIN,), (WAYF_NEMLOGIN,), (UNIVERSITY, NEMLOGIN)])
def test_nemlogin_as_the_last_authority_is_believed(scene: Scene, authorities: tuple[str, ...]) -> None:
    assert scene.read(scene.xml(authorities=authorities)).cpr.digits == CPR


def test_the_accepted_authorities_are_a_setting(scene: Scene) -> None:
    test_system = scene.set_up(authorities=("https://saml.test-nemlog-in.dk/",))
    assert test_system.read(scene.xml(authorities=("https://saml.test-nemlog-in.dk/",))).cpr.digits == CPR
    assert test_system.refusal(scene.xml(), outcome=Outcome.WRONG_AUTHORITY) == "authority"


@pytest.mark.parametrize(
    "homes", [("university.example",), ("sikker-adgang.dk", "university.example"), ("SIKKER-ADGANG.DK",), ("",)]
)
def test_another_home_organization_is_not_nemlogin(scene: Scene, homes: tuple[str, ...]) -> None:
    xml = scene.xml(**with_values("schacHomeOrganization", *homes))
    assert scene.refusal(xml, outcome=Outcome.WRONG_AUTHORITY) == "home-organization"


def test_the_home_organization_need_not_be_released(scene: Scene) -> None:
    assert scene.read(scene.xml(**with_values("schacHomeOrganization"))).cpr.digits == CPR


@pytest.mark.parametrize("value", ["Substantial", "High", f"{LOA}Substantial", f"{LOA}High"])
def test_substantial_is_enough_and_high_counts_as_substantial(scene: Scene, value: str) -> None:
    assert scene.read(scene.xml(**with_level(value))).assurance is AssuranceLevel.SUBSTANTIAL


def test_a_level_said_twice_alike_is_one_level(scene: Scene) -> None:
    assert scene.read(scene.xml(**with_level("Substantial", "Substantial"))).assurance is AssuranceLevel.SUBSTANTIAL


@pytest.mark.parametrize("value", ["Low", f"{LOA}Low"])
def test_a_low_level_is_refused_with_its_own_page(scene: Scene, value: str) -> None:
    xml = scene.xml(**with_level(value))
    assert scene.refusal(xml, outcome=Outcome.ASSURANCE_TOO_LOW) == "level-too-low"


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("",),
        (" ",),
        ("substantial",),
        ("Substantial ",),
        ("3",),
        ("2",),
        ("4",),
        ("Substantial", "Low"),
        ("Substantial", ""),
        ("Substantial", f"{LOA}Substantial"),
        ("https://example.org/loa/Substantial",),
        ("Betydelig",),
    ],
)
def test_a_level_that_is_not_known_is_no_level(scene: Scene, values: tuple[str, ...]) -> None:
    xml = scene.xml(**with_level(*values))
    assert scene.refusal(xml, outcome=Outcome.ASSURANCE_UNKNOWN) == "level-unknown"


def test_the_class_reference_says_nothing_about_the_level(scene: Scene) -> None:
    xml = scene.xml(**with_level("Low"), class_ref=f"{LOA}High")
    assert scene.refusal(xml, outcome=Outcome.ASSURANCE_TOO_LOW) == "level-too-low"


def test_the_old_three_is_believed_only_where_that_is_agreed(scene: Scene) -> None:
    old = scene.set_up(accept_legacy_level_3=True)
    assert old.read(scene.xml(**with_level("3"))).assurance is AssuranceLevel.SUBSTANTIAL
    assert old.refusal(scene.xml(**with_level("2")), outcome=Outcome.ASSURANCE_UNKNOWN) == "level-unknown"


def test_a_high_minimum_is_never_met_through_wayf(scene: Scene) -> None:
    high = scene.set_up(minimum_level=AssuranceLevel.HIGH)
    assert high.refusal(scene.xml(**with_level("High")), outcome=Outcome.ASSURANCE_TOO_LOW) == "level-too-low"


def cpr_values(*values: str) -> dict[str, Any]:
    return with_values("schacPersonalUniqueID", *values)


def test_a_login_without_a_cpr_number_has_its_own_page(scene: Scene) -> None:
    """MitID Erhverv may carry none."""
    assert scene.refusal(scene.xml(**cpr_values()), outcome=Outcome.NO_CPR) == "no-cpr"


@pytest.mark.parametrize(
    "value",
    [
        "",
        CPR,
        f"{CPR_PREFIX}{CPR[:-1]}",
        f"{CPR_PREFIX}{CPR}1",
        f"{CPR_PREFIX}{CPR}\n",
        f" {CPR_PREFIX}{CPR}",
        f"{CPR_PREFIX}{CPR[:6]}-{CPR[6:]}",
        f"{CPR_PREFIX}610190ABC1",  # a pseudo number
        f"{CPR_PREFIX}6199901234",  # no such day
        f"{CPR_PREFIX}٦١٠١٩٠١٢٣٤",  # digits, but not of ASCII
        f"urn:mace:terena.org:schac:personalUniqueID:se:NIN:{CPR}",
        f"urn:mace:terenaXorg:schac:personalUniqueID:dk:CPR:{CPR}",
        f"{CPR_PREFIX.upper()}{CPR}",
    ],
)
def test_another_spelling_of_a_cpr_number_is_refused(scene: Scene, value: str) -> None:
    assert scene.refusal(scene.xml(**cpr_values(value))) == "cpr-shape"


def test_two_cpr_numbers_are_none(scene: Scene) -> None:
    assert scene.refusal(scene.xml(**cpr_values(CPR_PREFIX + CPR, CPR_PREFIX + "6102901234"))) == "several-cpr"
    assert scene.refusal(scene.xml(**cpr_values(CPR_PREFIX + CPR, ""))) == "several-cpr"


def test_one_cpr_number_said_twice_is_one(scene: Scene) -> None:
    assert scene.read(scene.xml(**cpr_values(CPR_PREFIX + CPR, CPR_PREFIX + CPR))).cpr.digits == CPR


@pytest.mark.parametrize("name", ["schacPersonalUniqueID", "eduPersonAssurance", "schacHomeOrganization"])
def test_an_attribute_under_both_its_names_is_there_twice(scene: Scene, name: str) -> None:
    attributes = nemlogin_attributes(CPR, "Ida Ørsted")
    doubled = {**attributes, name: attributes[OIDS[name]]}
    assert scene.refusal(scene.xml(attributes=doubled)) == "attribute-twice"


def test_the_bare_number_of_another_attribute_is_not_taken_instead(scene: Scene) -> None:
    xml = scene.xml(**cpr_values(), status_message=None)
    assert scene.refusal(xml, outcome=Outcome.NO_CPR) == "no-cpr"


def test_who_vouched_is_asked_before_anything_about_the_person(scene: Scene) -> None:
    """Somebody else's identity provider gets no answer about levels and numbers."""
    xml = scene.xml(**with_level(), authorities=(UNIVERSITY,))
    assert scene.refusal(xml, outcome=Outcome.WRONG_AUTHORITY) == "authority"
    xml = scene.xml(attributes=nemlogin_attributes(None, "x", ("Low",)))
    assert scene.refusal(xml, outcome=Outcome.ASSURANCE_TOO_LOW) == "level-too-low"


def encoded(*names: str) -> dict[str, Any]:
    """An honest login's attributes, those of these names wrapped in base64."""
    wrapped = [OIDS[name] for name in names]
    honest = nemlogin_attributes(CPR, "Ida Ørsted")
    attributes = {
        name: tuple(messages.encoded(value.encode()) for value in values) if name in wrapped else values
        for name, values in honest.items()
    }
    return {"attributes": attributes}


@pytest.mark.parametrize("name", ["schacHomeOrganization", "eduPersonAssurance", "schacPersonalUniqueID"])
def test_values_in_base64_are_told_as_such_and_never_unwrapped(
    scene: Scene, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The hub's entry and our setting differ; neither the source nor the level is at fault."""
    assert scene.refusal(scene.xml(**encoded(name)), outcome=Outcome.LOGIN_FAILED) == "base64-attributes"
    assert CPR not in caplog.text
    assert messages.encoded(f"{CPR_PREFIX}{CPR}".encode()) not in caplog.text


@pytest.mark.parametrize("level", ["Substantial", "High", "Low", "3", f"{LOA}Substantial"])
def test_every_level_is_recognised_in_base64(scene: Scene, level: str) -> None:
    assert scene.refusal(scene.xml(**with_level(messages.encoded(level.encode())))) == "base64-attributes"


def test_another_source_is_refused_for_what_it_is_in_base64_too(scene: Scene) -> None:
    xml = scene.xml(authorities=(UNIVERSITY,), **encoded("schacHomeOrganization"))
    assert scene.refusal(xml, outcome=Outcome.WRONG_AUTHORITY) == "authority"
    xml = scene.xml(**with_values("schacHomeOrganization", messages.encoded(b"university.example")))
    assert scene.refusal(xml, outcome=Outcome.WRONG_AUTHORITY) == "home-organization"
