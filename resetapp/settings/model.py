"""The settings as the program sees them: frozen, typed, already checked. `config.example.toml` explains every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from resetapp.core.people import AssuranceLevel
from resetapp.core.secret import Secret
from resetapp.settings.codes import CodeSettings
from resetapp.settings.gateways import Sms, Webhook
from resetapp.settings.mail import Mail
from resetapp.settings.mapping import MappingSettings
from resetapp.settings.staff import Staff
from resetapp.settings.terms import Terms


@dataclass(frozen=True, slots=True)
class Institution:
    """Who runs the service: names, contacts and colours on the pages and in the metadata."""

    name: str
    name_en: str
    support_phone: str
    support_email: str
    support_hours: str
    support_hours_en: str
    accessibility_url: str  # the statement that /was leads to; "" while there is none
    privacy_contact: str  # the data protection officer
    brand_colour: str = "#1a3d6d"
    accent_colour: str = ""
    words: tuple[str, ...] = ()  # names and abbreviations that a password may not be built on
    log_months: int = 13
    replication_minutes: int = 0  # how long a new password may take to work everywhere; 0 = at once


@dataclass(frozen=True, slots=True)
class Service:
    """Where and how the program answers."""

    public_url: str  # scheme and host, no path: https://password.example.dk
    secret_key: Secret  # signs the browser's cookie
    person_key: bytes = field(repr=False)  # at least 32 bytes; keys the fingerprints of CPR numbers and addresses
    listen_host: str = "127.0.0.1"
    listen_port: int = 8000
    workers: int = 0  # 0 = one for each core
    trusted_proxies: int = 0  # how many reverse proxies stand in front
    log_file: str = ""  # "" = standard error
    syslog: str = ""  # where the anchors of the audit trail go, too: a socket's path or udp://host[:port]; "" = nowhere
    metrics_token: Secret | None = None  # opens /metrics from elsewhere; None = from this machine alone

    @property
    def secure(self) -> bool:
        """Plain http is only accepted for a loopback host (the settings' loader sees to it)."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    url: str = field(
        repr=False
    )  # an SQLAlchemy URL, perhaps with a password: sqlite:////var/lib/resetapp/resetapp.db or postgresql+psycopg://…


@dataclass(frozen=True, slots=True)
class KeyPair:
    """PEM files of an RSA key and its (self-signed) certificate."""

    key_file: Path
    certificate_file: Path


@dataclass(frozen=True, slots=True)
class Wayf:
    """The SAML side: who we are, which hub we trust and what an assertion must show."""

    entity_id: str
    hub_entity_id: str
    signing: KeyPair
    encryption: tuple[KeyPair, ...]  # the first is published first: the hub encrypts to it
    service_name: str
    service_name_en: str
    purpose: str
    purpose_en: str
    technical_contact: str  # an e-mail address
    hub_metadata_file: Path | None = None  # this, or …
    hub_metadata_url: str = ""  # … this: https, or http on this machine
    hub_metadata_certificate_files: tuple[Path, ...] = ()  # the pinned signers of the hub's metadata, PEM
    hub_metadata_refresh: timedelta = timedelta(minutes=60)
    hub_metadata_longest: timedelta = timedelta(
        days=30
    )  # metadata from a URL that claims to be valid longer is refused
    state_folder: Path | None = None  # what the service remembers of the federation; None = nothing is remembered
    also_signing: tuple[KeyPair, ...] = ()  # published, but nothing is signed with them: the next key, or the last one
    scoping: tuple[str, ...] = ("https://nemlogin.wayf.dk",)
    authorities: tuple[str, ...] = ("https://nemlogin.wayf.dk", "https://saml.nemlog-in.dk")
    minimum_level: AssuranceLevel = AssuranceLevel.SUBSTANTIAL
    accept_legacy_level_3: bool = False
    allow_cbc: bool = False
    base64_attributes: bool = False
    clock_skew: timedelta = timedelta(seconds=60)
    request_lifetime: timedelta = timedelta(minutes=10)  # between leaving for the hub and coming back


@dataclass(frozen=True, slots=True)
class Visits:
    """How long a login is good for. Nothing above eight hours is accepted (WAYF's terms, Sessionsvarighed)."""

    idle: timedelta = timedelta(minutes=10)
    absolute: timedelta = timedelta(minutes=30)
    confirm_after: timedelta = timedelta(minutes=5)  # an older login sets no password: MitID is asked anew


@dataclass(frozen=True, slots=True)
class Passwords:
    """Our own rules, asked before the directory's."""

    minimum_length: int = 12
    maximum_length: int = 128
    only_factor: bool = (
        False  # True: the password alone opens the account, so at least 15 characters (NIST SP 800-63B-4)
    )
    ascii_only: bool = False  # for institutions with old systems that cannot take æ, ø and å
    breached_list: Path | None = None  # a folder that `resetapp breached build` has made
    word_lists: tuple[Path, ...] | None = None  # None = the operating system's, as far as they are there; () = none


@dataclass(frozen=True, slots=True)
class Limits:
    """Counted in the database, so they hold for all workers together."""

    sets_per_person_per_day: int = 5
    sets_per_account_per_day: int = 3
    refusals_per_visit: int = 10
    logins_per_person_per_hour: int = 10
    logins_per_address_per_hour: int = 600  # a whole campus may share one address
    failed_answers_per_login: int = 20  # broken SAML responses to one request


class DirectoryKind(StrEnum):
    OPENLDAP = "openldap"
    ACTIVE_DIRECTORY = "active-directory"  # Windows Server or Samba
    DS389 = "389ds"  # also inside Red Hat Directory Server and FreeIPA


@dataclass(frozen=True, slots=True)
class Protected:
    """Accounts that self-service never touches. What cannot be read counts as protected."""

    groups: tuple[str, ...] = ()  # DNs; nested membership counts
    bases: tuple[str, ...] = ()  # DNs of subtrees
    usernames: tuple[str, ...] = ()  # with * and ? as wildcards, case ignored
    minimum_uid_number: int = 1000  # lower ones belong to the system; 0 = do not look
    canary: str = ""  # DN of an account that the directory itself must keep from us; check-config sees that it does


@dataclass(frozen=True, slots=True)
class Activation:
    """Accounts that wait for their first password, and are opened by it."""

    attribute: str = ""  # that tells who waits; "" = nobody does
    waiting: tuple[str, ...] = ()  # when it has one of these values
    active: str = ""  # what it becomes with the first password; "" = it is taken away
    enable: bool = False  # the directory's own mark of a closed account goes, too


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """One [[directory]] table."""

    name: str  # short and lasting: part of what is stored about an account
    title: str  # as people know it
    title_en: str
    kind: DirectoryKind
    hosts: tuple[str, ...]  # ldaps://host[:port] or ldap://host[:port] (StartTLS), in the order of trying
    base: str
    bind_dn: str
    bind_password: Secret
    ca_file: Path | None = None  # None = the system's certificate authorities
    strict_x509: bool = True
    cpr_attribute: str = ""  # "" = what `NAMES` has for the kind
    cpr_values: tuple[str, ...] = ("{cpr}",)  # {cpr} = ten digits, {cpr-} = with a hyphen; all forms are searched for
    username_attribute: str = ""  # as above
    display_name_attribute: str = ""  # as above
    kind_attribute: str = ""  # tells a person's accounts apart: title, employeeType; "" = none does
    name_attributes: tuple[str, ...] = ("cn", "givenName", "sn", "mail")
    mail_attribute: str = "mail"  # where to the owner is told of a change; "" = nobody in this directory is
    mobile_attribute: str = ""  # the same by SMS
    person_class: str = ""  # only entries of this object class are accounts; as above
    policy: str = ""  # DN of the password policy of accounts that name none; "" = it cannot be shown beforehand
    disabled_attribute: str = ""  # an attribute that closes an account …
    disabled_values: tuple[str, ...] = ()  # … when it has one of these values
    unlock: bool = False  # may people lift a lock of wrong passwords and keep their password?
    keep_must_change: bool = False  # an account that has to choose a password at its next login still has to
    connect_timeout: float = 3.0
    answer_timeout: float = 5.0
    host_pause: float = 30.0  # seconds a host that failed is passed over
    activation: Activation = field(default_factory=Activation)
    protected: Protected = field(default_factory=Protected)

    def __post_init__(self) -> None:
        for name, value in NAMES[self.kind].items():
            if not getattr(self, name):
                object.__setattr__(self, name, value)


_POSIX_NAMES = {
    "cpr_attribute": "norEduPersonNIN",
    "username_attribute": "uid",
    "display_name_attribute": "cn",
    "person_class": "person",
}
NAMES: Mapping[DirectoryKind, Mapping[str, str]] = {
    DirectoryKind.OPENLDAP: _POSIX_NAMES,
    DirectoryKind.DS389: _POSIX_NAMES,
    DirectoryKind.ACTIVE_DIRECTORY: {
        "cpr_attribute": "employeeNumber",
        "username_attribute": "sAMAccountName",
        "display_name_attribute": "displayName",
        "person_class": "user",
    },
}
"""What the attributes are called where the settings do not say."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything. Built by `resetapp.settings.load`, handed down from `create_app`; there is no global copy."""

    institution: Institution
    service: Service
    database: DatabaseSettings
    wayf: Wayf
    visits: Visits
    passwords: Passwords
    limits: Limits
    directories: tuple[DirectorySettings, ...]
    terms: Terms = field(default_factory=Terms)
    staff: Staff = field(default_factory=Staff)
    mail: Mail = field(default_factory=Mail)
    sms: Sms = field(default_factory=Sms)
    webhook: Webhook = field(default_factory=Webhook)
    mapping: MappingSettings = field(default_factory=MappingSettings)
    codes: CodeSettings = field(default_factory=CodeSettings)
