"""`make test` and `make quick`: which tests run side by side, which alone, and how it ended.

Usage: run_tests.py [quick] [ARGUMENTS OF PYTEST]
  With arguments pytest gets them as they are, in one run: make test ARGS="tests/unit -k site".
  AMR_TESTS_AGAIN=N: up to N tests of a phase that failed run once more, alone. One that passes then is named as
  unsteady and does not fail the run: for machines that others share. More failures, or one that fails twice, do.
  AMR_TESTS_BESIDE=COMMAND: what runs at a low priority beside the phases that mostly wait, too.
That command and what only reckons get what whole stacks leave of the cores; what measures waits until they are done.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from surroundings import neutral

CLOSING = re.compile(r"^=*\s*(?=.*\bin \d)(?:no tests ran|\d+ [a-z]+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NO_RESULT = "ended without a result"
ONCE_MORE = "Once more, alone: "
UNSTEADY = "    UNSTEADY, failed and passed alone: "
BESIDE_S = 3600.0
"""So long what runs beside is waited for: a daemon that it leaves with its pipe open would hold us for ever."""
END_S = 30.0
"""So long what we end may take for what it does in the end."""
RECKON = ("tests/property", "tests/real_pictures")
"""Folders whose tests only reckon, for minutes, and hold nothing to a limit of time."""


@dataclass(frozen=True)
class Phase:
    """One run of pytest."""

    title: str
    arguments: tuple[str, ...]
    waits: bool = False
    """It leaves much of the cores to others: what runs beside begins with the first such phase."""
    measures: bool = False
    """It begins when nothing runs beside any more."""


@dataclass(frozen=True)
class End:
    """How something ended: its exit code, pytest's closing line, tests that failed first and passed then."""

    title: str
    code: int
    closing: str
    unsteady: Sequence[str] = ()


class Beside(threading.Thread):
    """Runs commands one after another, each in a process group of its own; what they print comes in the end.

    calls: each command by its title. now: the one that runs, as long as nobody has taken its exit code.
    """

    def __init__(self, calls: Mapping[str, Sequence[str]]) -> None:
        super().__init__(name="beside", daemon=True)
        self.calls, self.ends, self.printed = calls, list[End](), ""
        self.now: subprocess.Popen[str] | None = None
        self._lock, self._over = threading.Lock(), False

    def run(self) -> None:
        """Run all, also after one that failed, until end() is called."""
        for title, call in self.calls.items():
            with self._lock:
                if self._over:
                    return
                self.now = process = subprocess.Popen(
                    call, env=neutral(os.environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0,
                )  # fmt: skip
            self.printed += f"[beside] {title.removeprefix('beside: ')}\n"
            begins = len(self.printed)
            assert process.stdout is not None
            with process.stdout:
                for line in process.stdout:
                    self.printed += line
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:  # while end() holds it the number is still that of our process
                code, self.now = process.wait(), None
                if self._over:
                    return
            self.ends.append(told(title, code, self.printed[begins:].splitlines()))

    def end(self) -> None:
        """End what runs, with all of its group, and begin nothing more."""
        with self._lock:
            self._over = True
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self._lock:
                if self.now is not None:
                    with suppress(ProcessLookupError):
                        os.killpg(self.now.pid, number)
            if self.ident is not None:
                self.join(END_S)


def told(title: str, code: int, lines: Sequence[str]) -> End:
    """Return how a command ended that may be a run of this file itself, by what it printed."""
    closing = "; ".join(closings(lines)) or (lines[-1].strip() if code == 0 and lines else "") or NO_RESULT
    return End(title, code, closing, [line.removeprefix(UNSTEADY) for line in lines if line.startswith(UNSTEADY)])


def closings(lines: Sequence[str]) -> Iterator[str]:
    """Yield pytest's closing lines, but those of what ran once more."""
    again = False
    for line in lines:
        again = again or line.startswith(ONCE_MORE)
        if said := closing_of(line):
            if not again:
                yield said
            again = False


def beside() -> Beside:
    """Return what runs beside the phases that mostly wait: first what somebody asked for, then what only reckons.

    What was asked for has limits of time, so it does not come last at the cores of all, and while tests leave most.
    """
    asked = os.environ.get("AMR_TESTS_BESIDE", "")
    own = [sys.executable, __file__, *RECKON, "-m", "not alone", "--timeout", "1800", *side_by_side()]
    calls = {f"beside: {asked[:60]}": ["nice", "-n", "10", "sh", "-c", asked]} if asked else {}
    return Beside({**calls, "property tests and real pictures": ["nice", "-n", "19", *own]})


def workers() -> int:
    """Return how many tests may run at once: one more than there are cores, since a third of their time they wait."""
    return 1 + (os.cpu_count() or 1)


def side_by_side(at_once: int = 0) -> tuple[str, ...]:
    """Return the options of pytest-xdist; the tests of a file stay together and share their fixtures.

    Files in their order: by number of tests, as xdist has it, the few that wait for processes would come last, alone.
    """
    return ("-n", str(at_once or workers()), "--dist", "loadfile", "--no-loadscope-reorder")


def browsers() -> int:
    """Return how many browsers may run at once: each keeps a core busy, and its waits have limits of time."""
    return os.cpu_count() or 1


def phases(arguments: Sequence[str]) -> list[Phase]:
    """Return what runs, one after another."""
    if arguments[:1] == ["quick"]:
        # One a core: these tests hardly wait, and each that runs beside imports all of them first.
        cores = os.cpu_count() or 1
        chosen = ("tests/unit", "-m", "not slow and not alone", *side_by_side(cores), *arguments[1:])
        return [Phase(f"unit tests, {cores} at a time", chosen)]
    if arguments:
        return [Phase("what was asked for", tuple(arguments))]
    return [
        Phase(
            f"unit, API, store, node and interop tests, {workers()} at a time",
            (
                "tests",
                *(f"--ignore={folder}" for folder in RECKON),
                "-m",
                "not alone and not stack and not e2e",
                *side_by_side(),
            ),
        ),
        Phase(
            f"browsers, {browsers()} at a time",
            ("tests/e2e", "-m", "not alone", *side_by_side(browsers())),
        ),
        Phase(
            f"stacks that mostly wait, {workers()} at a time",
            ("tests/hosts", "tests/system", "tests/real", "-m", "stack", *side_by_side()),
            waits=True,
        ),
        Phase(
            "whole stacks, computers and real programs, one after another",
            ("tests", "-m", "alone and not perf"),
            waits=True,
        ),
        Phase("what measures, one after another", ("tests", "-m", "perf"), measures=True),
    ]


def closing_of(line: str) -> str:
    """Return what pytest says in the end, without its frame; empty for any other line."""
    plain = COLOUR.sub("", line).strip()
    return plain.strip("= ") if CLOSING.match(plain) else ""


def run(phase: Phase, failed: Path) -> tuple[int, str]:
    """Run a phase, pass its output on and return its exit code and pytest's closing line.

    failed: file that gets the names of the tests that failed, one a line.
    """
    call = [sys.executable, "-m", "pytest", *phase.arguments]
    if sys.stdout.isatty():
        call.append("--color=yes")
    closing = NO_RESULT
    env = {**os.environ, "AMR_TESTS_FAILED": str(failed)}
    # Where it is set, as in many images, each of our hundreds of processes compiles the tests and plugins anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, errors="replace", env=env) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                closing = closing_of(line) or closing
        except SystemExit:  # a signal ends us: what its tests started is to be ended, too
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=END_S)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    return process.returncode, closing


def run_again(phase: Phase, most: int) -> End:
    """Run a phase; if at most so many of its tests failed, those once more, alone."""
    with tempfile.TemporaryDirectory(prefix="amr-tests-") as folder:
        failed, still = Path(folder, "failed"), Path(folder, "still")
        code, closing = run(phase, failed)
        names = list(dict.fromkeys(failed.read_text(encoding="utf-8").splitlines())) if failed.exists() else []
        # 1: tests failed. Anything else is a run that broke off, of which the rest is unknown.
        if code != 1 or not 0 < len(names) <= most:
            return End(phase.title, code, closing)
        print(f"{ONCE_MORE}{', '.join(names)}", flush=True)
        again, _ = run(Phase("again", tuple(names)), still)
        return End(phase.title, 0, closing, names) if again == 0 else End(phase.title, code, closing)


def ended(thread: Beside | None) -> list[End]:
    """Wait for what runs beside, print what it said and return how it ended; what is not over in BESIDE_S failed."""
    if thread is None:
        return []
    thread.join(BESIDE_S)
    lost = f"not over after {BESIDE_S:.0f} s" if thread.is_alive() else NO_RESULT
    thread.end()
    print(thread.printed, end="", flush=True)
    return [*thread.ends, *(End(title, 1, lost) for title in [*thread.calls][len(thread.ends) :])]


def main(arguments: Sequence[str]) -> int:
    """Run all phases, also after one that failed; 0 only if each passed."""
    planned, most = phases(list(arguments)), int(os.environ.get("AMR_TESTS_AGAIN") or 0)
    began = time.monotonic()
    ends: list[End] = []
    thread: Beside | None = None
    try:
        for number, phase in enumerate(planned, start=1):
            if phase.waits and thread is None:
                thread = beside()
                thread.start()
            if phase.measures and thread is not None:
                ends += ended(thread)
                thread = None
            print(f"[{number}/{len(planned)}] {phase.title}", flush=True)
            ends.append(run_again(phase, most))
        ends += ended(thread)
    finally:
        if thread is not None:
            thread.end()
    print(f"\nTests in {time.monotonic() - began:.0f} s:")
    for end in ends:
        print(f"  {'passed' if end.code == 0 else 'FAILED'}: {end.title}: {end.closing}")
        for name in end.unsteady:
            print(f"{UNSTEADY}{name}")
    return max(abs(end.code) for end in ends)  # below zero: a signal ended it


def terminated(number: int, _frame: FrameType | None) -> None:
    """End with what a shell calls a signal, once, after what runs was ended."""
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminated)
    raise SystemExit(main(sys.argv[1:]))
