"""Which keys [mail], [sms] and [webhook] have, and what each may hold."""

import re

from resetapp.settings import addresses, rules, values
from resetapp.settings.gateways import Sms, SmsBody, Webhook
from resetapp.settings.mail import Encryption, Mail
from resetapp.settings.sections import Key, Section

_FLAG, _TIMEOUT = Key(values.flag), Key(values.seconds(0.1, 30), "timeout_seconds")
_FIELD = values.matching(
    re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", re.ASCII),
    "is not the name of a field",
    'Write it as the gateway\'s manual does: "to"; with dots into what lies inside: "recipients.0.msisdn"',
)

MAIL = Section(
    Mail,
    {
        "enabled": _FLAG,
        "host": Key(values.optional(addresses.host)),
        "port": Key(values.whole(0, 65535)),
        "encryption": Key(values.choice(Encryption)),
        "ca_file": Key(values.optional_path(values.existing_file("Put the mail server's authority there, as PEM"))),
        "username": Key(values.optional(values.text)),
        "password": Key(values.secret(), secret=True, default=None),
        "from_address": Key(values.optional(values.mailbox)),
        "reply_to": Key(values.optional(values.mailbox)),
    },
    rules.mail,
)

SMS = Section(
    Sms,
    {
        "enabled": _FLAG,
        "url": Key(values.optional(addresses.https_url)),
        "ca_file": Key(values.optional_path(values.existing_file("Put the gateway's authority there, as PEM"))),
        "scheme": Key(
            values.optional(
                values.matching(
                    re.compile(r"[A-Za-z]+", re.ASCII), "is not one word", 'Write "Bearer", "Token", "Basic"'
                )
            )
        ),
        "token": Key(values.secret(), secret=True, default=None),
        "body": Key(values.choice(SmsBody)),
        "number_field": Key(_FIELD),
        "text_field": Key(_FIELD),
        "sender_field": Key(values.optional(_FIELD)),
        "sender": Key(
            values.optional(
                values.matching(
                    re.compile(r"[A-Za-z0-9 ._-]{1,11}|\+?[0-9]{3,15}", re.ASCII),
                    "is neither a short name nor a number",
                    "Write at most 11 letters a–z and digits, or a number (3GPP TS 23.040, 9.1.2.5)",
                )
            )
        ),
        "plus": _FLAG,
        "timeout": _TIMEOUT,
    },
    rules.sms,
)

WEBHOOK = Section(
    Webhook,
    {
        "enabled": _FLAG,
        "url": Key(values.optional(addresses.https_url)),
        "ca_file": Key(values.optional_path(values.existing_file("Put the receiver's authority there, as PEM"))),
        "secret": Key(values.secret(32), secret=True, default=None),
        "timeout": _TIMEOUT,
    },
    rules.webhook,
)
