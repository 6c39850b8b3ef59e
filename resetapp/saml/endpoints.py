"""Our own addresses, as they stand in our metadata and in every message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the hub reaches us."""

    acs: str
    slo: str
    metadata: str

    @classmethod
    def below(cls, public_url: str) -> "Endpoints":
        """`public_url` is scheme and host."""
        root = public_url.rstrip("/") + "/saml"
        return cls(acs=f"{root}/acs", slo=f"{root}/slo", metadata=f"{root}/metadata")
