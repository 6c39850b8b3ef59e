"""What `resetapp check-config` tells of the SMS gateway and the webhook. Nothing is sent."""

from collections.abc import Iterator

from resetapp.core.checks import Check
from resetapp.sending.https import Address, NotReached
from resetapp.settings import Sms, Webhook

_REMEDIES = {
    "connection": "Check the url, and the firewall on the way",
    "tls": "See that the machine's authorities, or ca_file, vouch for the server, and the certificate names its host",
}


def check_sending(sms: Sms, webhook: Webhook) -> Iterator[Check]:
    """Connect and TLS for each; nothing for what is off."""
    for subject, settings in (("sms", sms), ("webhook", webhook)):
        if settings.enabled:
            yield from _check(subject, Address(settings.url, settings.ca_file, settings.timeout))


def _check(subject: str, address: Address) -> Iterator[Check]:
    reached = Check(subject, "connection", True, f"{address.host} answers")
    try:
        address.try_connection()
    except NotReached as trouble:
        if trouble.step == "tls":
            yield reached
        yield Check(subject, trouble.step, False, f"fails: {trouble.reason}", _REMEDIES[trouble.step])
    else:
        yield from (reached, Check(subject, "tls", True, "the certificate holds"))
