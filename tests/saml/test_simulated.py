"""A simulator as the hub is told by its name, and is a fault in a public service alone."""

from dataclasses import replace

import pytest

from resetapp.core.secret import Secret
from resetapp.saml.simulated import check_hub_is_real, may_be_simulated, warn_of_simulator
from resetapp.settings import Service
from tests.builders import PERSON_KEY
from tests.saml.scene import Scene

PUBLIC = Service(public_url="https://password.example.dk", secret_key=Secret("s" * 40), person_key=PERSON_KEY)
LOCAL = replace(PUBLIC, public_url="http://127.0.0.1:8000")
SIMULATORS = ["http://127.0.0.1:8001/simulator", "https://rehearsal.example.dk/simulator", "http://[::1]:8001"]


@pytest.mark.parametrize("hub", SIMULATORS)
def test_a_public_service_must_not_have_a_simulator(scene: Scene, hub: str) -> None:
    check = check_hub_is_real(PUBLIC, replace(scene.wayf, hub_entity_id=hub))
    assert not check.ok
    assert "can be anybody" in check.detail
    assert check.remedy


@pytest.mark.parametrize("hub", SIMULATORS)
def test_a_service_on_this_machine_may(scene: Scene, hub: str) -> None:
    check = check_hub_is_real(LOCAL, replace(scene.wayf, hub_entity_id=hub))
    assert check.ok
    assert "simulator" in check.detail


def test_its_people_are_invented_only_where_nobody_else_can_come(scene: Scene) -> None:
    simulated, real = (replace(scene.wayf, hub_entity_id=hub) for hub in (SIMULATORS[0], "https://wayf.wayf.dk"))
    assert may_be_simulated(LOCAL, simulated)
    assert not may_be_simulated(PUBLIC, simulated)
    assert not may_be_simulated(LOCAL, real)


@pytest.mark.parametrize("hub", ["https://wayf.wayf.dk", "https://birk.wayf.dk/birk.php/nemlogin.wayf.dk"])
def test_wayf_is_none(scene: Scene, hub: str) -> None:
    check = check_hub_is_real(PUBLIC, replace(scene.wayf, hub_entity_id=hub))
    assert check.ok
    assert "is not a simulator" in check.detail


@pytest.mark.parametrize(("hub", "warned"), [*((each, True) for each in SIMULATORS), ("https://wayf.wayf.dk", False)])
def test_the_log_warns_of_a_simulator_alone(
    scene: Scene, caplog: pytest.LogCaptureFixture, hub: str, warned: bool
) -> None:
    warn_of_simulator(replace(scene.wayf, hub_entity_id=hub))
    levels = [
        record.levelname for record in caplog.records if record.getMessage().startswith(f"hub.simulated hub={hub}")
    ]
    assert levels == ["WARNING"] * warned
