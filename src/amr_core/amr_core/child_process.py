"""What a child process asks of Linux: to end with its parent, to stay small, to be the first that goes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent() -> None:
    """Let the kernel end this process when its parent disappears, whatever the reason."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_starter() -> None:
    """As die_with_parent; where AMR_PARENT_PID says who started it and that has gone already, end at once."""
    die_with_parent()
    starter = os.environ.get("AMR_PARENT_PID")
    if starter and os.getppid() != int(starter):
        os._exit(1)


def stay_small(mebibytes: int, oom_score: int) -> None:
    """Take at most so much memory beside what is taken now; oom_score: 1000 = the first that goes when it runs out.

    Where a sandbox forbids either, its own limits hold.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(oom_score), encoding="ascii")
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    most = used + mebibytes * 2**20
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
