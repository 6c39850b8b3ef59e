"""The application as the demo runs it: the real one, which also knows where the simulator is."""

import os
import sys

from flask import Flask

from resetapp.app import create_app
from resetapp.server import serve_forever
from resetapp.web.house import Demo

SIMULATOR_VARIABLE = "RESETAPP_DEMO_SIMULATOR"  # read here alone: nothing makes a production service a demo
_WORKERS = 2  # so that nothing in the demo works only by luck of one process


def create_demo_app() -> Flask:
    """The factory for the workers; the settings' file comes from RESETAPP_CONFIG."""
    return create_app(demo=Demo(simulator_url=os.environ[SIMULATOR_VARIABLE]))


if __name__ == "__main__":
    serve_forever("resetapp.demo.demo_app:create_demo_app", "127.0.0.1", int(sys.argv[1]), _WORKERS)
