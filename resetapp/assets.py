"""Where templates/ and static/ are: inside the package in a wheel, beside it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The wheel carries the folders inside the package; there a stray folder beside it is never picked up."""
    inside, beside = _PACKAGE / name, _PACKAGE.parent / name
    return inside if inside.is_dir() else beside


def example_settings() -> Path:
    """`config.example.toml`, the text that `resetapp init` starts from."""
    inside, beside = _PACKAGE / "config.example.toml", _PACKAGE.parent / "config.example.toml"
    return inside if inside.is_file() else beside
