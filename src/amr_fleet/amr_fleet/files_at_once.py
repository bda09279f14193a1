"""Write several files or none: a disk that fills leaves what was there, and nothing half-written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from amr_core.errors import AmrError


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write every file under a name of its own first, then give all their names; raise report.not_written."""
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with parts[path].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AmrError("report.not_written", path=str(error.filename or next(iter(files))), reason=reason) from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
