"""What `resetapp check-config` tells of the mail server. No mail is sent."""

from collections.abc import Iterator

from resetapp.core.checks import Check
from resetapp.mail.server import MailServer, MailServerTrouble
from resetapp.settings import Encryption, Mail

_STEPS = ("connection", "tls", "login")
_REMEDIES = {
    "connection": "Check mail.host, mail.port and mail.encryption, and the firewall on the way",
    "tls": "Check mail.encryption; see that mail.ca_file vouches for the server and the certificate names mail.host",
    "login": "Check mail.username and mail.password, and whether the server wants a login here",
}


def check_mail(settings: Mail) -> Iterator[Check]:
    """Connect, TLS, log in, in this order; nothing when mail is off."""
    if not settings.enabled:
        return
    try:
        MailServer(settings).try_login()
    except MailServerTrouble as trouble:
        step = "tls" if trouble.reason in ("certificate", "no_tls") else trouble.step
        yield from (_good(settings, name) for name in _STEPS[: _STEPS.index(step)])
        yield Check("mail", step, False, f"fails: {trouble.reason}", _REMEDIES[step])
        return
    yield from (_good(settings, name) for name in _STEPS)


def _good(settings: Mail, step: str) -> Check:
    plain = settings.encryption is Encryption.NONE
    found = {
        "connection": f"{settings.host}:{settings.usual_port} answers",
        "tls": "none, to this machine itself" if plain else f"{settings.encryption}: the certificate holds",
        "login": "is accepted" if settings.username else "none is configured",
    }
    return Check("mail", step, True, found[step])
