"""How long and how many. `make fuzz` does it all; CI a part of it in a minute."""

import os

from tests.web.conftest import certificates, directory, keys, make_world, ready

MUTANTS = int(os.environ.get("RESETAPP_FUZZ_MUTANTS", "10000"))
SECONDS = float(os.environ.get("RESETAPP_FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("RESETAPP_FUZZ_SEED", "1"))

__all__ = ["certificates", "directory", "keys", "make_world", "ready"]
