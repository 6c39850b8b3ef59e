"""A folder with the files that the settings name."""

from pathlib import Path

import pytest

from tests.settings.written import folder_with_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with_files(tmp_path)
