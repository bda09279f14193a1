"""A ROS domain of its own for each run on this machine, so that two runs never meet."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from amr_core.errors import AmrError

FIRST, LAST = 40, 99


class DomainLease:
    """Holds a ROS domain id until closed; the lock goes away with the process, however it ends.

    among: ids that it may be, best first; without them that of ROS_DOMAIN_ID, or any of 40 to 99.
    Raises run.bad_option when others hold them all.
    """

    def __init__(self, among: Sequence[int] = ()) -> None:
        wanted = "" if among else os.environ.get("ROS_DOMAIN_ID", "")
        folder = Path(tempfile.gettempdir()) / f"amr-domains-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        candidates = [int(wanted)] if wanted.isdecimal() else among or range(FIRST, LAST + 1)
        for number in candidates:
            lock = _try_lock(folder / str(number))
            if lock is not None:
                self.id, self._lock = number, lock
                return
        raise AmrError(
            "run.bad_option", option="ROS_DOMAIN_ID", value=wanted or "any", reason="it is in use by another run"
        )

    def close(self) -> None:
        """Give the domain id back."""
        self._lock.close()


def _try_lock(path: Path) -> IO[str] | None:
    handle = path.open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle
