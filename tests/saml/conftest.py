"""One scene for all tests: its keys take a second to make."""

import pytest

from tests.saml.scene import Scene


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.in_folder(tmp_path_factory.mktemp("saml"))
