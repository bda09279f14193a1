"""`make test` and `make quick`: which tests run side by side, which alone, and how it ended.

Usage: run_tests.py [quick] [ARGUMENTS OF PYTEST]
  With arguments pytest gets them as they are, in one run: make test ARGS="tests/unit -k site".
  AMR_TESTS_AGAIN=N: up to N tests of a phase that failed run once more, alone. One that passes then is named as
  unsteady and does not fail the run: for machines that others share. More failures, or one that fails twice, do.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CLOSING = re.compile(r"^=*\s*(?=.*\bin \d)(?:no tests ran|\d+ [a-z]+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Phase:
    """One run of pytest."""

    title: str
    arguments: tuple[str, ...]


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
        chosen = ("tests/unit", "-m", "not slow and not alone", *side_by_side(), *arguments[1:])
        return [Phase(f"unit tests, {workers()} at a time", chosen)]
    if arguments:
        return [Phase("what was asked for", tuple(arguments))]
    return [
        Phase(
            f"unit, property, API, store, node and interop tests, real pictures, {workers()} at a time",
            ("tests", "-m", "not alone and not stack and not e2e", *side_by_side()),
        ),
        Phase(
            f"browsers, {browsers()} at a time",
            ("tests/e2e", "-m", "not alone", *side_by_side(browsers())),
        ),
        Phase(
            f"stacks that mostly wait, {workers()} at a time",
            ("tests/system", "tests/real", "-m", "stack", *side_by_side()),
        ),
        Phase(
            "whole stacks, computers, real programs and what measures, one after another",
            ("tests", "-m", "alone"),
        ),
    ]


def run(phase: Phase, failed: Path) -> tuple[int, str]:
    """Run a phase, pass its output on and return its exit code and pytest's closing line.

    failed: file that gets the names of the tests that failed, one a line.
    """
    call = [sys.executable, "-m", "pytest", *phase.arguments]
    if sys.stdout.isatty():
        call.append("--color=yes")
    closing = "ended without a result"
    env = {**os.environ, "AMR_TESTS_FAILED": str(failed)}
    # Where it is set, as in many images, each of our hundreds of processes compiles the tests and plugins anew.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, errors="replace", env=env) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            plain = COLOUR.sub("", line).strip()
            if CLOSING.match(plain):
                closing = plain.strip("= ")
    return process.returncode, closing


def run_again(phase: Phase, most: int) -> tuple[int, str, list[str]]:
    """Run a phase; if at most so many of its tests failed, those once more, alone.

    Returns: exit code, pytest's closing line, tests that failed first and passed then.
    """
    with tempfile.TemporaryDirectory(prefix="amr-tests-") as folder:
        failed, still = Path(folder, "failed"), Path(folder, "still")
        code, closing = run(phase, failed)
        names = list(dict.fromkeys(failed.read_text(encoding="utf-8").splitlines())) if failed.exists() else []
        # 1: tests failed. Anything else is a run that broke off, of which the rest is unknown.
        if code != 1 or not 0 < len(names) <= most:
            return code, closing, []
        print(f"Once more, alone: {', '.join(names)}", flush=True)
        again, _ = run(Phase("again", tuple(names)), still)
        return (0, closing, names) if again == 0 else (code, closing, [])


def main(arguments: Sequence[str]) -> int:
    """Run all phases, also after one that failed; 0 only if each passed."""
    planned, most = phases(list(arguments)), int(os.environ.get("AMR_TESTS_AGAIN") or 0)
    began = time.monotonic()
    ends = []
    for number, phase in enumerate(planned, start=1):
        print(f"[{number}/{len(planned)}] {phase.title}", flush=True)
        ends.append(run_again(phase, most))
    print(f"\nTests in {time.monotonic() - began:.0f} s:")
    for phase, (code, closing, unsteady) in zip(planned, ends, strict=True):
        print(f"  {'passed' if code == 0 else 'FAILED'}: {phase.title}: {closing}")
        for name in unsteady:
            print(f"    UNSTEADY, failed and passed alone: {name}")
    return max(code for code, _, _ in ends)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
