"""TOML file → frozen dataclasses; every fault at once, each with its remedy."""

from resetapp.settings.codes import CodeSettings
from resetapp.settings.faults import Fault, SettingsError
from resetapp.settings.gateways import Sms, SmsBody, Webhook
from resetapp.settings.loader import load
from resetapp.settings.mail import Encryption, Mail
from resetapp.settings.mapping import MappingKey, MappingSettings
from resetapp.settings.model import (
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
from resetapp.settings.staff import Staff, StaffRole
from resetapp.settings.terms import Role, Terms

__all__ = [
    "CodeSettings",
    "DatabaseSettings",
    "DirectoryKind",
    "DirectorySettings",
    "Encryption",
    "Fault",
    "Institution",
    "KeyPair",
    "Limits",
    "Mail",
    "MappingKey",
    "MappingSettings",
    "Passwords",
    "Protected",
    "Role",
    "Service",
    "Settings",
    "SettingsError",
    "Sms",
    "SmsBody",
    "Staff",
    "StaffRole",
    "Terms",
    "Visits",
    "Wayf",
    "Webhook",
    "load",
]
