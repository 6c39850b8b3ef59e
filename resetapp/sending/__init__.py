"""Notices that go by HTTPS: SMS through a gateway, and events to another system of the institution."""
