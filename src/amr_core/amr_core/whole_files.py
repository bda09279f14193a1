"""Files that others see whole or not at all, whatever ends the writer. Loads nothing, for robots' nodes."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644


def write_whole(
    path: Path, content: bytes, mode: int = PUBLIC, *, part: Path | None = None, durable: bool = True,
    sync: Callable[[int], object] | None = None,
) -> None:  # fmt: skip
    """Write a file that others see whole or not at all; a private one is its owner's from the first byte.

    part: where it is until it is whole, beside it where nothing is said. A link that someone laid there is not
    followed. durable: on disk when this returns, whatever happens to the power; the disk may take its time.
    sync: in place of os.fsync. On failure (OSError) nothing of it stays: half a private key is one, too.
    """
    part = part or path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                (sync or os.fsync)(file.fileno())
        part.replace(path)
        if durable:
            _sync_folder(path.parent, sync or os.fsync)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path, sync: Callable[[int], object]) -> None:
    """Have on disk which files a folder has: after a power cut one that was replaced may be the old one without it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot: the file is whole
            raise
    finally:
        os.close(handle)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads."""
    write_whole(path, content, PRIVATE)
