"""resetapp: password self-service with MitID through WAYF."""

__version__ = "0.1.0"
