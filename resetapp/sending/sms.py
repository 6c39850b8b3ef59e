"""A short text to the owner's mobile telephone, handed to the gateway that the institution uses.

Gateways differ: JSON or a form, what the fields are called, with or without the plus. What a text says does not.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from resetapp import texts
from resetapp.core.freeze import freeze_token
from resetapp.core.mobile import e164
from resetapp.core.notices import Delivery, Facts
from resetapp.sending.https import Address
from resetapp.settings import Institution, Service, Sms
from resetapp.settings.gateways import SmsBody


class ShortTexts:
    """Writes the texts of one institution. No link, but in those about a mapping: `mail.letter` says why."""

    def __init__(self, institution: Institution, service: Service) -> None:
        self._institution, self._service = institution, service

    def write(self, facts: Facts) -> str:
        return "\n".join(
            self._written(facts, each) for each in ([facts.language] if facts.language else texts.LANGUAGES)
        )

    def _written(self, facts: Facts, language: str) -> str:
        institution, service = self._institution, self._service
        token = freeze_token(service.person_key, facts.mapping) if facts.mapping else ""
        return texts.text(
            language,
            f"sms.{facts.key}",
            org=institution.name_en if language == "en" else institution.name,
            username=facts.plain_username,
            time=texts.date_time(language, facts.at),
            phone=institution.support_phone,
            link=f"{service.public_url}/freeze/{token}",
        )


class SmsGateway:
    """Thread-safe."""

    def __init__(self, settings: Sms, texts: ShortTexts) -> None:
        self._settings, self._texts = settings, texts
        self._address = Address(settings.url, settings.ca_file, settings.timeout)

    def prepare(self, facts: Facts, _now: datetime) -> Callable[[], Delivery]:
        """What sends it. Raises ValueError for what is not one number (a row that somebody has changed)."""
        if e164(facts.address) != facts.address:
            raise ValueError("not a number")
        body, kind = self._body(facts.address, self._texts.write(facts))
        headers = {"Content-Type": kind, "Accept": "application/json"}
        if self._settings.token is not None:
            headers["Authorization"] = f"{self._settings.scheme} {self._settings.token.reveal()}".strip()
        return lambda: self._address.post(body, headers)

    def _body(self, number: str, text: str) -> tuple[bytes, str]:
        settings = self._settings
        to = number if settings.plus else number.removeprefix("+")
        fields = {settings.number_field: to, settings.text_field: text}
        if settings.sender_field:
            fields[settings.sender_field] = settings.sender
        if settings.body is SmsBody.FORM:
            return urlencode(fields).encode(), "application/x-www-form-urlencoded"
        return json.dumps(_nested(fields)).encode(), "application/json"


def _nested(fields: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """`{"recipients.0.msisdn": x}` becomes `{"recipients": [{"msisdn": x}]}`: a 0 stands for a list of one."""
    if list(fields) == [""]:
        return fields[""]
    inner: dict[str, dict[str, str]] = {}
    for path, value in fields.items():
        head, _, rest = path.partition(".")
        inner.setdefault(head, {})[rest] = value
    found = {head: _nested(rest) for head, rest in inner.items()}
    return [found["0"]] if list(found) == ["0"] else found
