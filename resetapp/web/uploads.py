"""A file that is sent to us stays in memory: numbers of people must not lie in a temporary file, nor in what a disk
keeps of one that was deleted (security.md A-08).
"""

from io import BytesIO
from typing import IO

from flask import Request


class InMemory(Request):
    """Werkzeug would write more than 500 kB to a temporary file. How much may come, each page limits."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
