"""Which key of the file becomes which field, and what it may hold. The limits name the rule they come from."""

from dataclasses import fields
from datetime import timedelta
from functools import partial

from resetapp.settings import addresses, marks, rules, values
from resetapp.settings.model import (
    Activation,
    DatabaseSettings,
    DirectoryKind,
    DirectorySettings,
    Institution,
    KeyPair,
    Limits,
    Passwords,
    Protected,
    Service,
    Settings,
    Visits,
    Wayf,
)
from resetapp.settings.notices_shape import MAIL, SMS, WEBHOOK
from resetapp.settings.sections import Key, Reading, Section, listed
from resetapp.settings.staff_shape import CODES, EIGHT_HOURS, MAPPING, STAFF
from resetapp.settings.terms import Role, Terms

_DAY, _MINUTE, _SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
_TEXT, _FLAG = Key(values.text), Key(values.flag)

INSTITUTION = Section(
    Institution,
    {
        "name": _TEXT,
        "name_en": _TEXT,
        "support_phone": Key(values.phone),
        "support_email": Key(values.email),
        "support_hours": _TEXT,
        "support_hours_en": _TEXT,
        "accessibility_url": Key(values.optional(addresses.https_url), default=""),
        "privacy_contact": _TEXT,
        "brand_colour": Key(values.colour),
        "accent_colour": Key(values.optional(values.colour)),
        "words": Key(values.each(values.text)),
        "log_months": Key(values.whole(1, 60)),
        "replication_minutes": Key(values.whole(0, 1440)),
    },
)

SERVICE = Section(
    Service,
    {
        "public_url": Key(addresses.public_url),
        "secret_key": Key(values.secret(32), secret=True),
        "person_key": Key(values.key_bytes, secret=True),
        "listen_host": Key(addresses.listen_host),
        "listen_port": Key(values.whole(1, 65535)),
        "workers": Key(values.whole(0, 64)),
        "trusted_proxies": Key(values.whole(0, 5)),
        "log_file": Key(values.optional(values.log_file)),
        "syslog": Key(values.optional(addresses.syslog)),
        "metrics_token": Key(values.optional_secret(32), secret=True),
    },
    rules.service,
)

DATABASE = Section(DatabaseSettings, {"url": Key(addresses.database_url, secret=True, harmless="sqlite:")})

_OWN_KEYS = "`resetapp init` makes the keys; check the path"
KEY_PAIR = Section(
    KeyPair,
    {
        "key_file": Key(values.existing_file(_OWN_KEYS)),
        "certificate_file": Key(values.existing_file(_OWN_KEYS)),
    },
)

WAYF = Section(
    Wayf,
    {
        "entity_id": Key(values.optional(addresses.uri), default=""),  # completed from public_url
        "hub_entity_id": Key(addresses.uri),
        "signing": Key(KEY_PAIR),
        "encryption": Key(partial(listed, KEY_PAIR)),
        "service_name": _TEXT,
        "service_name_en": _TEXT,
        "purpose": _TEXT,
        "purpose_en": _TEXT,
        "technical_contact": Key(values.email),
        "hub_metadata_file": Key(
            values.optional_path(values.existing_file("Put the hub's verified metadata there; see docs/operator.md"))
        ),
        "hub_metadata_url": Key(values.optional(addresses.feed_url)),
        "hub_metadata_certificate_files": Key(
            values.each(values.existing_file("Put the certificate that signs the hub's metadata there, as PEM"))
        ),
        "hub_metadata_refresh": Key(values.duration(_MINUTE, 5, 1440), "hub_metadata_refresh_minutes"),
        "hub_metadata_longest": Key(values.duration(_DAY, 1, 366), "hub_metadata_longest_days"),
        "state_folder": Key(values.path),
        "also_signing": Key(partial(listed, KEY_PAIR)),
        "scoping": Key(values.each(addresses.uri, 1)),
        "authorities": Key(values.each(addresses.uri, 1)),
        "minimum_level": Key(addresses.minimum_level),
        "accept_legacy_level_3": _FLAG,
        "allow_cbc": _FLAG,
        "base64_attributes": _FLAG,
        "clock_skew": Key(values.duration(_SECOND, 0, 180), "clock_skew_seconds"),
        "request_lifetime": Key(values.duration(_MINUTE, 3, 30), "request_lifetime_minutes"),
    },
    rules.wayf,
)

VISITS = Section(
    Visits,
    {
        "idle": Key(
            values.duration(_MINUTE, 1, 30, "Choose 1 to 30: an open page must not wait longer"), "idle_minutes"
        ),
        "absolute": Key(values.duration(_MINUTE, 5, 480, EIGHT_HOURS), "absolute_minutes"),
        "confirm_after": Key(
            values.duration(_MINUTE, 2, 30, "Choose 2 to 30: whoever finds an open page must not set a password"),
            "confirm_after_minutes",
        ),
    },
    rules.visits,
)

PASSWORDS = Section(
    Passwords,
    {
        "minimum_length": Key(values.whole(8, 64, "Choose 8 to 64; 8 is the floor of NIST SP 800-63B-4")),
        "maximum_length": Key(values.whole(64, 256, "Choose 64 to 256: shorter ends turn good passwords away")),
        "only_factor": _FLAG,
        "ascii_only": _FLAG,
        "breached_list": Key(values.existing_folder("Build it: resetapp breached build (docs/operator.md)")),
        "word_lists": Key(values.each(values.existing_file("Check the path; [] uses no list of words"))),
    },
    rules.passwords,
)

LIMITS = Section(Limits, {found.name: Key(values.whole(1, 100_000)) for found in fields(Limits)})

PROTECTED = Section(
    Protected,
    {
        "groups": Key(values.each(addresses.dn)),
        "bases": Key(values.each(addresses.dn)),
        "usernames": Key(values.each(values.text)),
        "minimum_uid_number": Key(values.whole(0, 2**31 - 1)),
        "canary": Key(values.optional(addresses.dn)),
    },
)

ACTIVATION = Section(
    Activation,
    {
        "attribute": Key(values.optional(addresses.attribute)),
        "waiting": Key(values.each(values.text)),
        "active": Key(values.optional(values.text)),
        "enable": _FLAG,
    },
    rules.activation,
)

DIRECTORY = Section(
    DirectorySettings,
    {
        "name": Key(addresses.lasting_name),
        "title": _TEXT,
        "title_en": _TEXT,
        "kind": Key(values.choice(DirectoryKind)),
        "hosts": Key(values.each(addresses.ldap_host, 1)),
        "base": Key(addresses.dn),
        "bind_dn": Key(addresses.dn),
        "bind_password": Key(values.secret(), secret=True),
        "ca_file": Key(values.existing_file("Put the certificate of the directory's authority there, as PEM")),
        "strict_x509": _FLAG,
        "cpr_attribute": Key(values.optional(addresses.attribute)),
        "cpr_values": Key(values.each(addresses.cpr_template, 1)),
        "username_attribute": Key(values.optional(addresses.attribute)),
        "display_name_attribute": Key(values.optional(addresses.attribute)),
        "kind_attribute": Key(values.optional(addresses.attribute)),
        "name_attributes": Key(values.each(addresses.attribute)),
        "mail_attribute": Key(values.optional(addresses.attribute)),
        "mobile_attribute": Key(values.optional(addresses.attribute)),
        "person_class": Key(values.optional(addresses.attribute)),
        "policy": Key(values.optional(addresses.dn)),
        "disabled_attribute": Key(values.optional(addresses.attribute)),
        "disabled_values": Key(values.each(values.text)),
        "unlock": _FLAG,
        "keep_must_change": _FLAG,
        "connect_timeout": Key(values.seconds(0.1, 30), "connect_timeout_seconds"),
        "answer_timeout": Key(values.seconds(0.1, 60), "answer_timeout_seconds"),
        "host_pause": Key(values.seconds(0, 3600), "host_pause_seconds"),
        "activation": Key(ACTIVATION),
        "protected": Key(PROTECTED),
    },
    rules.directory,
)


def _directories(value: object, at: Reading) -> object:
    found = listed(DIRECTORY, value, at, "name")
    for wrong in rules.directory_names(value):
        at.fault(wrong)
    return found


_NOTE = Key(values.optional(values.text))
_DATE = Key(values.optional_day)
_PAGE = Key(addresses.https_url)
TERMS = Section(
    Terms,
    {
        "login": _FLAG,
        "authority": _NOTE,
        "cvr_number": Key(values.optional(values.cvr_number)),
        "role": Key(values.optional(values.choice(Role))),
        "task": _NOTE,
        "general_terms_accepted_on": _DATE,
        "nemlogin_terms_accepted_on": _DATE,
        "terms_version": _NOTE,
        "reviewed_on": _DATE,
        "review_months": Key(values.whole(1, 60)),
        "risk_assessment": _NOTE,
        "controller": _NOTE,
        "recipients": Key(values.each(values.text)),
        "recipients_en": Key(values.each(values.text)),
        "legal_basis": _TEXT,
        "legal_basis_en": _TEXT,
        "rights_contact": _NOTE,
        "breach_contact": _NOTE,
        "wayf_breach_contact": Key(values.email),
        "terms_url": _PAGE,
        "wayf_privacy_url": _PAGE,
        "status_urls": Key(values.each(addresses.https_url, 2)),
        "report_file": Key(values.optional_path(values.path)),
        "mark_file": Key(values.optional_path(marks.mark_file)),
    },
    rules.terms,
)

SETTINGS = Section(
    Settings,
    {
        "institution": Key(INSTITUTION),
        "service": Key(SERVICE),
        "database": Key(DATABASE),
        "wayf": Key(WAYF),
        "visits": Key(VISITS),
        "passwords": Key(PASSWORDS),
        "limits": Key(LIMITS),
        "directories": Key(_directories, "directory"),
        "terms": Key(TERMS),
        "staff": Key(STAFF),
        "mail": Key(MAIL),
        "sms": Key(SMS),
        "webhook": Key(WEBHOOK),
        "mapping": Key(MAPPING),
        "codes": Key(CODES),
    },
    rules.settings,
)
