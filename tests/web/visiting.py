"""The steps of a visit, as the tests of the pages take them."""

from resetapp.demo.people import PERSONAS
from resetapp.storage.tables import Attempt
from tests.web.conftest import World

GOOD = "grøn cykel under bro"
ALSO_GOOD = "abe i et højt træ ved søen"


def cpr(key: str) -> str:
    return next(persona.cpr for persona in PERSONAS if persona.key == key) or ""


def account(key: str, place: int = 0) -> str:
    return next(persona.accounts[place].username for persona in PERSONAS if persona.key == key)


def rows(world: World) -> list[Attempt]:
    with world.app.extensions["resetapp"].database.reading() as db:
        return list(db.query(Attempt).order_by(Attempt.number))
