"""The console for staff: pages of their own, a login and a cookie of their own, closed unless a role opens them."""

from resetapp.web.console import (
    codes,
    events,
    imports,
    look_up,
    mappings,
    mappings_asked,
    mappings_decided,
    mappings_files,
    pages,
    report,
    statistics,
    status,
)
from resetapp.web.console.access import console

__all__ = [
    "codes",
    "console",
    "events",
    "imports",
    "look_up",
    "mappings",
    "mappings_asked",
    "mappings_decided",
    "mappings_files",
    "pages",
    "report",
    "statistics",
    "status",
]
