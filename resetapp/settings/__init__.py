"""TOML file → frozen dataclasses; every fault at once, each with its remedy."""

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

__all__ = [
    "DatabaseSettings",
    "DirectoryKind",
    "DirectorySettings",
    "Institution",
    "KeyPair",
    "Limits",
    "Passwords",
    "Protected",
    "Service",
    "Settings",
    "Visits",
    "Wayf",
]
