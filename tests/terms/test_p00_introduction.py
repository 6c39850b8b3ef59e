"""P0: our own page, which leads to WAYF's policy and to Digitaliseringsstyrelsen."""

from resetapp.terms.clause import State
from resetapp.terms.inspection import Inspection
from tests.terms.looking import red, state, without


def test_it_holds(look: Inspection) -> None:
    assert 'href="https://www.wayf.dk/"' in look.rehearsal.get("/privacy").text
    assert state("P0", look) is State.HOLDS


def test_red_without_the_link(look: Inspection) -> None:
    assert red("P0", without(look, "reset/privacy.html", "{{ record.wayf_privacy_url }}")) == {"P0.three_parts"}


def test_red_without_a_link_at_the_login(look: Inspection) -> None:
    link = "{{ url_for('reset.privacy') }}"
    without(look, "reset/start.html", link)
    assert red("P0", without(look, "macros/footer.html", link)) == {"P0.beside_login"}
