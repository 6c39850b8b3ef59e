"""The steps of an activation code: two members of the staff in browsers of their own, and the person it is for."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from resetapp.core.staff import Role
from resetapp.demo import ldap_seed as seed
from resetapp.settings import CodeSettings, Staff
from resetapp.storage.codes import ActivationCode
from tests.web.conftest import PUBLIC_URL, World, csrf_token
from tests.web.staff_steps import enter, staff_roles

Make = Callable[..., World]
IT_SUPPORT = f"cn=it-support,{seed.GROUPS}"
WANTED = {"username": "frni", "id_check": "passport", "note": "Vist ved skranken", "directory": ""}
CODE = re.compile(r'<p class="code big"[^>]*>([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})</p>')


@dataclass
class Counter:
    """A world with the support of Tove and the approver Astrid, both logged in."""

    world: World
    support: FlaskClient
    approver: FlaskClient

    def post(self, browser: FlaskClient, path: str, **form: str) -> TestResponse:
        token = csrf_token(browser.get("/staff/codes", base_url=PUBLIC_URL).text) or "none"
        headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
        return browser.post(path, data={"csrf_token": token, **form}, headers=headers, base_url=PUBLIC_URL)

    def asked(self, **changes: str) -> str:
        """Support has asked for a code; the address of the request's page."""
        answer = self.post(self.support, "/staff/codes/new", **(WANTED | changes))
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def approved(self, **changes: str) -> str:
        place = self.asked(**changes)
        assert self.post(self.approver, f"{place}/approve").location == "/staff/codes"
        return place

    def shown(self, **changes: str) -> str:
        """The code, as support reads it from the page."""
        found = CODE.search(self.post(self.support, f"{self.approved(**changes)}/show").text)
        assert found is not None
        return found[1]

    def type_in(self, code: str, username: str = "frni", browser: FlaskClient | None = None) -> TestResponse:
        client = browser or self.world.client
        token = csrf_token(self.world.get("/code", client).text) or "none"
        headers = {"Referer": f"{PUBLIC_URL}/", "Sec-Fetch-Site": "same-origin"}
        form = {"csrf_token": token, "username": username, "code": code}
        return client.post("/code", data=form, headers=headers, base_url=PUBLIC_URL)

    def rows(self) -> list[ActivationCode]:
        with self.world.app.extensions["resetapp"].database.reading() as db:
            return list(db.query(ActivationCode).order_by(ActivationCode.requested_at))


def counter(make_world: Make, codes: CodeSettings | None = None, roles: Any = None, **changes: Any) -> Counter:
    given = roles or (*staff_roles(Role.SUPPORT, group=IT_SUPPORT), *staff_roles(Role.APPROVER))
    wanted = codes or CodeSettings(enabled=True)
    world = make_world(staff=Staff(enabled=True, roles=given), codes=replace(wanted, enabled=True), **changes)
    found = Counter(world, world.other_browser(), world.other_browser())
    enter(world, "tove", found.support)
    enter(world, "astrid", found.approver)
    return found
