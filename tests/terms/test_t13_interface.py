"""T13: plain SAML 2.0, in the shapes that WAYF uses."""

from collections.abc import Callable

import pytest

from resetapp.saml import attributes as saml_attributes
from resetapp.saml import metadata as saml_metadata
from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state


@pytest.mark.parametrize("base64", [False, True])
def test_a_login_as_wayf_shapes_it_succeeds(looking: Callable[..., Inspection], base64: bool) -> None:
    look = looking(wayf={"base64_attributes": base64})
    assert look.rehearsal.logged_in(look.rehearsal.log_in().browser)
    assert state("T13", look) is State.HOLDS


def test_red_with_attribute_names_that_are_no_uris(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_metadata, "URI_NAME_FORMAT", "urn:oasis:names:tc:SAML:2.0:attrname-format:basic")
    assert red("T13", look) == {"T13.names"}


def test_red_with_another_protocol(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_metadata, "SAMLP_URI", "urn:oasis:names:tc:SAML:1.1:protocol")
    assert red("T13", look) == {"T13.saml"}


def test_red_when_such_a_login_fails(look: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saml_attributes, "_NEMLOGIN_HOME", "elsewhere.example")
    assert red("T13", look) == {"T13.rehearsed"}
