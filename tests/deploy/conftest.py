"""What the web's tests make for a whole run."""

from tests.web.conftest import certificates, keys, ready

__all__ = ["certificates", "keys", "ready"]
