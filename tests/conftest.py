"""Settings of all tests."""

import gc
import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine takes its time: pytest's own limit ends what hangs.
settings.register_profile("amr", deadline=None)
settings.load_profile("amr")

# Discovery must not leave the machine, and must be set before the first rclpy context.
os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")

TESTS = Path(__file__).parent
SIDE_BY_SIDE = {"unit", "property", "api", "store", "node", "interop", "e2e", "real_pictures"}
"""Folders whose tests share no port, ROS domain, clock or screen with others: `make test` runs several at a time.

One of them that starts a whole stack is marked alone where it stands. Browsers run beside browsers only
(scripts/run_tests.py): beside what keeps every core busy they meet their limits of time."""
WAIT = (
    "system/nav_", "system/command_line", "system/client", "system/isolation", "system/run", "system/restart",
    "system/cameras", "system/flights", "real/test_gazebo_errors", "real/test_gazebo_files", "real/test_nav2_errors",
    "real/test_harness", "hosts/test_orders",
)  # fmt: skip
"""Where whole stacks or real programs are started that mostly wait, each in a ROS domain and on ports of its own: a few
at a time. Beside them, at a lower priority, run property tests, real pictures and what AMR_TESTS_BESIDE names."""
SLOW = TESTS / "slow.txt"
"""Unit tests that take longer than 0.1 s, which `make quick` leaves out: scripts/slow_tests.py writes it."""
PICTURES_CPU_S = 240
"""What all tests of tests/real_pictures may take together: whoever changes a reader waits for them."""
ASKED_ALONE = re.compile(r"(alone|perf)( and not \w+)*")
SAYS_ALONE = re.compile(r"\bmark\.(alone|perf)\b")
LONG = {"real_long": "AMR_REAL_LONG", "hosts_long": "AMR_REAL_LONG", "transfer_long": "AMR_TRANSFER_LONG"}
"""Marks of what takes minutes, and the variable that asks for it: `make real`, `make nightly`."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With -m alone or perf leave out files of which all tests run beside others: to read 11,000 takes 15 s."""
    if collection_path.suffix != ".py" or not ASKED_ALONE.fullmatch(config.option.markexpr):
        return None
    inside = collection_path.is_relative_to(TESTS) and collection_path.relative_to(TESTS).parts[0] in SIDE_BY_SIDE
    return True if inside and not SAYS_ALONE.search(collection_path.read_text(encoding="utf-8")) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let no search for cycles go through modules and 11,000 tests again and again: they stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by their folder, so that nobody forgets it; what measures runs alone wherever it stands.

    What takes minutes is left out unless it is asked for.
    """
    slow = set(SLOW.read_text(encoding="utf-8").split()) if SLOW.exists() else set()
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker("slow")
        place = item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else ""
        folder, measures = place.partition("/")[0], item.get_closest_marker("perf") is not None
        if (measures or item.get_closest_marker("alone")) and not SAYS_ALONE.search(item.path.read_text("utf-8")):
            raise pytest.UsageError(f"{item.nodeid} is to run alone: its own file must say mark.alone or mark.perf")
        if folder in ("node", "system", "e2e"):
            item.add_marker(folder)
        if place.startswith(WAIT) and not measures:
            item.add_marker("stack")
        elif folder not in SIDE_BY_SIDE or measures:
            item.add_marker("alone")
    marks = [mark for mark, variable in LONG.items() if os.environ.get(variable) != "1"]
    left_out = [item for item in items if any(item.get_closest_marker(mark) is not None for mark in marks)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pictures_cpu(config: pytest.Config) -> float:
    """Return how much CPU (s) the tests of real pictures took, in all processes."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    groups = reporter.stats.values() if reporter is not None else ()
    # A test is reported up to three times; only the last of them, its teardown, knows all that was noted.
    done = (r for group in groups for r in group if getattr(r, "when", "") == "teardown")
    notes = (note for r in done if r.nodeid.startswith("tests/real_pictures/") for note in r.user_properties)
    return float(sum(value for name, value in notes if name == "cpu_s"))


@pytest.hookimpl(tryfirst=True)  # before the summary is written
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run whose real pictures took more CPU than PICTURES_CPU_S."""
    if pictures_cpu(session.config) > PICTURES_CPU_S and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long what is bounded took: real programs in CI at most 12 min, real pictures 4 min of CPU."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    for folder in ("tests/real/", "tests/real_pictures/"):
        ours = [report for report in reports if getattr(report, "nodeid", "").startswith(folder)]
        if seconds := sum(getattr(report, "duration", 0.0) for report in ours):
            terminalreporter.write_line(f"{folder}: {seconds:.0f} s")
    if cpu := pictures_cpu(terminalreporter.config):
        terminalreporter.write_line(f"tests/real_pictures/: {cpu:.1f} s of CPU, at most {PICTURES_CPU_S}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down which tests failed, for a run that gives them a second go: scripts/run_tests.py."""
    if report.failed and (noted := os.environ.get("AMR_TESTS_FAILED")):
        with Path(noted).open("a", encoding="utf-8") as file:
            file.write(report.nodeid + "\n")
