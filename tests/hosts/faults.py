"""Every row of the faults of a site on many computers: runs its test and prints a table of what was seen.

Usage (as root): python -m tests.hosts.faults [WORD ...]: only rows whose fault or test has one of the words.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = {
    "tests/hosts/test_orders.py": "network later than the robot; NAT, second subnet, no multicast; 5 % loss; "
    "cut of 12 s; its log meanwhile",
}
"""Tests of this folder that show several rows at once."""
ELSEWHERE: Final = {
    "tests/unit/test_link_alarms.py::test_a_robot_that_is_heard_and_does_not_hear_is_one_way":
        "server -> robot dead while its states come: `alarm.one_way`",
    "tests/unit/test_link_alarms.py::test_who_waits_for_the_lane_of_a_silent_robot_reads_its_name":
        "who waits for a silent robot's lane reads its name",
    "tests/unit/test_link_alarms.py::test_an_order_that_no_robot_reaches_for_a_silent_one_names_it":
        "an order waits beside an idle robot: the silent one is named",
    "tests/unit/test_agent_loads.py::test_a_load_waits_until_the_robot_stands":
        "the first HandleLoad waits for standstill",
    "tests/unit/test_nav_sure.py::test_scans_of_another_clock_are_refused_and_named":
        "sensor computer 0.5 s or 5 s behind or ahead",
    "tests/unit/test_nav_sure.py::test_a_dead_lidar_that_was_stamped_ahead_stops_the_robot_in_time":
        "lidar dies after it was stamped ahead",
    "tests/node/test_one_fleet.py::test_the_second_fleet_is_refused_and_both_say_so":
        "second server on one ROS domain (`uplink:=ros`)",
    "tests/unit/test_mqtt_line.py::test_a_broker_that_accepts_and_never_answers":
        "a broker that accepts and never answers",
    "tests/unit/test_mqtt_line.py::test_each_fault_of_a_certificate_has_its_words":
        "a certificate that has ended, is of another robot or of nobody",
    "tests/api/test_site_update.py::test_what_is_not_the_sites_is_refused_with_a_code_and_the_robot_keeps_its_files":
        "a site archive that is cut off, changed or of another site",
}  # fmt: skip
"""Rows that need no computers of their own."""


@dataclass
class Row:
    """One fault: what was seen, whether all was as it must be, s."""

    fault: str
    seen: dict[str, object] = field(default_factory=dict)
    outcome: str = "NOT RUN"
    seconds: float = 0.0


class Table:
    """A plugin that keeps a row for each test."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what was seen; set-up and clean-up count to the test."""
        told = dict(report.user_properties)
        test, file = report.nodeid.partition("[")[0], report.nodeid.partition("::")[0]
        fault = str(told.pop("fault", "")) or ELSEWHERE.get(test) or HERE.get(file) or test
        key = test if test in ELSEWHERE else report.nodeid
        row = self.rows.setdefault(key, Row(fault))
        row.seen |= {k: v for k, v in told.items() if isinstance(k, str)}
        row.seconds += report.duration
        if report.outcome != "passed" and row.outcome in ("passed", "NOT RUN"):
            row.outcome = report.outcome.upper()
        elif report.when == "call" and row.outcome == "NOT RUN":
            row.outcome = "passed"

    def text(self) -> str:
        """Return the table as Markdown."""
        lines = ["| fault | seen | as it must be | s | test |", "|---|---|---|---|---|"]
        for test, row in self.rows.items():
            seen = ", ".join(f"{name} {value}" for name, value in row.seen.items())
            name = test.rpartition("::")[2]
            lines.append(f"| {row.fault} | {seen} | {row.outcome} | {row.seconds:.0f} | `{name}` |")
        passed = sum(row.outcome == "passed" for row in self.rows.values())
        return "\n".join([*lines, "", f"{passed} of {len(self.rows)} rows as they must be."])


def main() -> int:
    """Run what is asked for; the exit code is pytest's."""
    os.chdir(ROOT)
    os.environ["AMR_REAL_LONG"] = "1"
    words = sys.argv[1:]
    here = [
        f"tests/hosts/{name}"
        for name in (
            "test_faults.py",
            "test_fault_computers.py",
            "test_standby_computers.py",
            "test_launch.py",
            "test_site_files.py",
        )
    ]
    tests = [*HERE, *here, *ELSEWHERE]
    table = Table()
    only = ["-k", " or ".join(words)] if words else []
    code = pytest.main(["-q", "--no-header", "--timeout", "900", *tests, *only], plugins=[table])
    sys.stdout.write(f"\n{table.text()}\n")
    return int(code)


if __name__ == "__main__":
    raise SystemExit(main())
