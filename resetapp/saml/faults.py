"""What can be wrong: with a message that arrived, or with our own keys and the hub's metadata."""

from resetapp.core.outcomes import Outcome


class Refused(Exception):
    """A message is refused. `reason` is one fixed word of ours for the log, never text from the message."""

    def __init__(self, reason: str, outcome: Outcome = Outcome.LOGIN_FAILED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


class SamlConfigurationError(Exception):
    """Keys, certificates or the hub's metadata cannot be used. Names the file, what is wrong and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


def need(holds: bool, reason: str, outcome: Outcome = Outcome.LOGIN_FAILED) -> None:
    """One condition that a message must meet. Raises Refused."""
    if not holds:
        raise Refused(reason, outcome)
