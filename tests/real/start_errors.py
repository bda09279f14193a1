"""A start that must fail: one error, soon, and nothing left of it."""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.real.real_support import Program

LIMIT = 20.0
"""Seconds from the start of the processes until the error is said, on cores that nobody else wants."""
PATIENCE, ENDS_WITHIN = 300.0, 60.0
"""Seconds of wall time, on a shared machine, until it is said and then until everything has ended."""
OURS = re.compile(r"\[(?:launch|run|gazebo|nav2?|site|map|ros)\.[a-z_0-9]+\] .*")
POINTS_BACK = "see its message"
"""The cure that launch gives when a check ended, which has said the error."""


def errors(words: str) -> list[str]:
    """Return the errors of ours in the output of a launch, each once: a node says them, launch repeats them."""
    found = [match[0] for match in map(OURS.search, words.splitlines()) if match]
    return list(dict.fromkeys(line for line in found if POINTS_BACK not in line))


def ends_with(program: Program, *words: str, meanwhile: Callable[[], None] = lambda: None) -> None:
    """The launch says one error with these words in time, ends by itself with exit code 1 and leaves nothing behind.

    program: just started. meanwhile: what is done to it first; its time counts.
    """
    begun, busy, own = time.monotonic(), _busy(), _own()
    meanwhile()
    while not errors(program.words) and program.process.poll() is None and time.monotonic() - begun < PATIENCE:
        time.sleep(0.1)
    wall, worked = time.monotonic() - begun, _busy() - busy
    assert program.wait(ENDS_WITHIN) == 1, program.tail
    ended = time.monotonic() - begun
    others = max(0.0, worked - (_own() - own))
    quiet = undisturbed(wall, others)
    taken = f"others took {others / wall:.1f} of {os.cpu_count()} cores: {quiet:.1f} s without them"
    sys.stdout.write(f"said after {wall:.1f} s, ended after {ended:.1f} s; {taken}\n")
    said = program.words
    assert len(errors(said)) == 1, f"{errors(said)}\n{program.tail}"
    assert all(word in said for word in words), program.tail
    assert not program.alive()
    assert quiet < LIMIT, program.tail


def undisturbed(wall: float, others: float) -> float:
    """Return about how long a start of wall seconds takes when nobody else works: others had so many seconds of cores.

    What a start does is taken for work one after another, on one core: it went on by what others left of that one.
    Where two of it worked at once it is faster than this says; what was mere waiting, of 1 to 4 s, is slower.
    """
    left = (os.cpu_count() or 1) - others / wall
    return wall * min(1.0, max(left, 0.3))


def _busy() -> float:
    """Return the seconds that all cores together have worked."""
    user, nice, system, _idle, _wait, irq, soft, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    """Return the seconds that children of this process have worked, once they have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
