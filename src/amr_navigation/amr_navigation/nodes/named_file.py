"""A file that a client of a service names: it may be no name of a file at all."""

from __future__ import annotations

from pathlib import Path

from amr_core.errors import AmrError


def named_file(name: str) -> Path:
    """Return the path that a client names, there or not; ~ is the user's folder. Raises nav.file for no such name."""
    try:
        path = Path(name).expanduser()
        path.stat()  # asks the system, which knows what it takes
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return path
    except (OSError, ValueError, RuntimeError) as error:
        raise AmrError("nav.file", file=name[:64], reason=type(error).__name__) from error
    return path
