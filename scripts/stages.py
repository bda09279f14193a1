"""The stages of a set-up: what each needs, which are stale, and running those side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from stamps import digest, is_fresh, stamp
from surroundings import neutral


class StageError(Exception):
    """A command of a stage failed; the text is for the user."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a set-up. It is skipped while its inputs are those of the last time, unless forced."""

    name: str
    title: str
    inputs: tuple[Path, ...]
    work: Callable[[], None]
    needs: tuple[str, ...] = ()
    extra: str = ""
    forced: bool = False

    def is_stale(self) -> bool:
        """Tell whether there is something to do."""
        return self.forced or not is_fresh(self.name, digest(self.inputs, self.extra))


class _Spent(threading.local):
    """CPU time of the commands of a stage, s: what it costs, also on a machine that others share."""

    seconds = 0.0


_spent = _Spent()


class _Report:
    """Prints one line when a stage has ended. Stages end in threads of their own."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._lock = total, 0, threading.Lock()

    def add(self, title: str, seconds: float, cpu_seconds: float) -> None:
        with self._lock:
            self._done += 1
            print(f"  [{self._done:2}/{self._total}] {title}: {seconds:.1f} s, {cpu_seconds:.1f} CPU-s", flush=True)


def run_stages(stages: Sequence[Stage], workers: int) -> None:
    """Run stages, each after those that it needs, at most `workers` at once.

    Raises StageError with the first failure, after the stages that were running have ended; no further one starts.
    """
    left = {each.name: each for each in stages}
    report = _Report(len(left))
    running: dict[Future[None], str] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(max_workers=workers) as pool:
        while running or (left and failure is None):
            if failure is None:
                for each in _startable(left, running.values(), workers):
                    del left[each.name]
                    running[pool.submit(_work, each, report)] = each.name
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                del running[future]
                failure = failure or future.exception()
    if failure is not None:
        raise failure


def _startable(left: Mapping[str, Stage], running: Iterable[str], workers: int) -> list[Stage]:
    """Return what may start now, in the order of the list; what is not in the list needs nothing more."""
    busy = set(running)
    free = [each for each in left.values() if not any(name in left or name in busy for name in each.needs)]
    return free[: workers - len(busy)]


def _work(stage: Stage, report: _Report) -> None:
    began, _spent.seconds = time.monotonic(), 0.0
    # The key from before the work: a file that changes meanwhile is stale the next time.
    key = digest(stage.inputs, stage.extra)
    stage.work()
    stamp(stage.name, key)
    report.add(stage.title, time.monotonic() - began, _spent.seconds)


def run(arguments: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> None:
    """Run a command silently; of the environment that is active here it sees nothing but env.

    Raises StageError with its output if it fails.
    """
    words = [str(part) for part in arguments]
    process = subprocess.Popen(
        words, cwd=cwd, env={**neutral(os.environ), **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    _spent.seconds += usage.ru_utime + usage.ru_stime
    if process.returncode != 0:
        raise StageError(f"{said}\nThis command failed: {' '.join(words)}")


def print_failure(error: StageError) -> None:
    """Say on the error output what failed."""
    print(error, file=sys.stderr)
