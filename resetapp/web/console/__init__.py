"""The console for staff: pages of their own, a login and a cookie of their own, closed unless a role opens them."""

from resetapp.web.console import codes, events, look_up, pages, statistics, status
from resetapp.web.console.access import console

__all__ = ["codes", "console", "events", "look_up", "pages", "statistics", "status"]
