"""The simulator's page with the mails that the service has sent: only where a mail server fills a mailbox."""

from typing import cast
from urllib.parse import urlsplit

from flask import Blueprint, current_app, request

from resetapp import texts
from resetapp.demo.mailbox import Mailbox
from resetapp.demo.simulator_frame import MAILBOX, hub, language, page

mails = Blueprint("mails", __name__)


@mails.get("/mail")
def newest() -> str:
    """`login`: of a login that waits meanwhile, to which the page leads back."""
    kept = cast(Mailbox, current_app.extensions[MAILBOX]).newest_first()
    service_url, lang = _service_url(), language()
    rows = [(texts.date_time(lang, mail.at), mail, mail.pieces(service_url)) for mail in kept]
    return page("mail", mails=rows, login=request.args.get("login"))


def _service_url() -> str:
    """Where the service answers, as its metadata says. Raises HubFailure while there are none."""
    parts = urlsplit(hub().partner().consumers[0].location)
    return f"{parts.scheme}://{parts.netloc}"
