"""Writes tests/slow.txt: the unit tests that take longer than 0.05 s, which `make quick` leaves out.

Usage: slow_tests.py [JUNIT.xml]   (without a file the unit tests run for it, some ten minutes)
All cases of a test count together as long as their longest. Run it when `make quick` takes longer than 90 s.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from pathlib import Path

import run_tests

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests" / "slow.txt"
LIMIT_S = 0.05


def slow(cases: Iterable[tuple[str, str, float]], limit: float = LIMIT_S) -> list[str]:
    """Return the unit tests that take longer than limit (s), "tests/unit/test_x.py::test_y", in order.

    cases: module as pytest's report names it, test with its parameters, seconds.
    """
    found = set()
    for module, name, seconds in cases:
        if seconds > limit and module.startswith("tests.unit."):
            *folders, file = module.split(".")
            found.add(f"{'/'.join([*folders, file])}.py::{name.partition('[')[0]}")
    return sorted(found)


def _measure(report: Path) -> None:
    call = [sys.executable, "-m", "pytest", "tests/unit", "-q", "-m", "not alone", f"--junitxml={report}"]
    subprocess.run([*call, *run_tests.side_by_side()], cwd=ROOT, check=True)


def main(arguments: Sequence[str]) -> int:
    """Write the list."""
    with tempfile.TemporaryDirectory(prefix="amr-slow-") as folder:
        report = Path(arguments[0]) if arguments else Path(folder, "report.xml")
        if not arguments:
            _measure(report)
        cases = [
            (case.get("classname", ""), case.get("name", ""), float(case.get("time", "0")))
            for case in ElementTree.parse(report).iter("testcase")
        ]
    LIST.write_text("".join(f"{name}\n" for name in slow(cases)), encoding="utf-8")
    print(f"{LIST.relative_to(ROOT)}: {len(slow(cases))} tests")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
