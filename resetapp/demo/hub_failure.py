"""When the hub itself gives up."""


class HubFailure(Exception):
    """Shown as a plain text page with HTTP status 500 at the hub; nothing is sent to the service provider."""


class HubSilence(Exception):
    """The connection is closed without an answer."""


class SimulatorEnded(Exception):
    """The simulator cannot start. The command line shows both."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy
