"""How `make test` runs: what goes side by side, what alone, and what is said in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import run_tests

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("line", "closing"),
    [
        ("================ 3 passed, 1 skipped in 2.15s ================", True),
        ("2 failed, 1040 passed, 5 skipped, 1 error in 684.02s (0:11:24)", True),
        ("no tests ran in 0.02s", True),
        ("============== 5 passed, 27 deselected in 3.0s ===============", True),
        ("3 passed through the gate", False),
        ("tests/unit/test_x.py ....   [ 12%] in 3", False),
    ],
)
def test_the_closing_line_is_recognised(line: str, closing: bool) -> None:
    assert bool(run_tests.CLOSING.match(line)) is closing


def test_every_phase_runs_and_one_failure_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = {"first": (1, "1 failed, 2 passed in 1.0s"), "second": (0, "9 passed in 2.0s")}
    monkeypatch.setattr(run_tests, "phases", lambda _: [run_tests.Phase(name, ()) for name in ends])
    monkeypatch.setattr(run_tests, "run", lambda phase, _: ends[phase.title])
    monkeypatch.delenv("AMR_TESTS_AGAIN", raising=False)
    assert run_tests.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  FAILED: first: 1 failed, 2 passed in 1.0s",
        "  passed: second: 9 passed in 2.0s",
    ]


def test_a_phase_that_a_signal_ends_fails_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = {"first": (0, "9 passed in 2.0s"), "second": (-9, "ended without a result")}
    monkeypatch.setattr(run_tests, "phases", lambda _: [run_tests.Phase(name, ()) for name in ends])
    monkeypatch.setattr(run_tests, "run", lambda phase, _: ends[phase.title])
    monkeypatch.delenv("AMR_TESTS_AGAIN", raising=False)
    assert run_tests.main([]) != 0


def _told(words: str, code: int) -> list[str]:
    return [sys.executable, "-c", f"print({words!r}); raise SystemExit({code})"]


@pytest.mark.parametrize(
    ("calls", "code", "closing"),
    [
        ({"sums": _told("==== 3 passed in 2.0s ====", 0)}, 0, ["passed: sums: 3 passed in 2.0s"]),
        (
            {"sums": _told("1 failed in 2.0s", 1), "others": _told("4 passed in 1s", 0)}, 1,
            ["FAILED: sums: 1 failed in 2.0s", "passed: others: 4 passed in 1s"],
        ),
        ({"killed": ["sh", "-c", "kill -9 $$"]}, 9, ["FAILED: killed: ended without a result"]),
        (
            {"sums": ["nul\0"], "others": ["true"]}, 1,
            ["FAILED: sums: ended without a result", "FAILED: others: ended without a result"],
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_runs_beside_begins_with_what_waits_and_is_told_before_what_measures(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    calls: dict[str, list[str]],
    code: int,
    closing: list[str],
) -> None:
    planned = [
        run_tests.Phase("first", ()), run_tests.Phase("waits", (), waits=True), run_tests.Phase("more", (), waits=True),
        run_tests.Phase("measures", (), measures=True),
    ]  # fmt: skip
    beside = run_tests.Beside(calls)
    alive: list[bool] = []

    def run(phase: run_tests.Phase, _: Path) -> tuple[int, str]:
        alive.append(beside.ident is not None)
        if phase.measures:
            assert not beside.is_alive()
        return 0, "1 passed in 1.0s"

    monkeypatch.setattr(run_tests, "phases", lambda _: planned)
    monkeypatch.setattr(run_tests, "beside", lambda: beside)
    monkeypatch.setattr(run_tests, "run", run)
    assert run_tests.main([]) == code
    out = capsys.readouterr().out
    assert alive == [False, True, True, True]
    told = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    own = [f"passed: {phase.title}: 1 passed in 1.0s" for phase in planned]
    assert told == [*own[:3], *closing, own[3]]
    if code in (0, 1) and "nul\0" not in calls["sums"]:
        assert out.index("[3/4]") < out.index("[beside] sums\n") < out.index("[4/4]")


def test_what_runs_beside_is_the_last_at_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMR_TESTS_BESIDE", raising=False)
    ((own, call),) = run_tests.beside().calls.items()
    assert call[:3] == ["nice", "-n", "19"]
    assert call[4:6] == [str(ROOT / "scripts" / "run_tests.py"), run_tests.RECKON[0]]
    monkeypatch.setenv("AMR_TESTS_BESIDE", "true; nice")
    first, second = run_tests.beside().calls.items()
    assert second == (own, call)
    assert first[0] == "beside: true; nice"
    said = subprocess.run(first[1], capture_output=True, text=True, check=True).stdout
    assert int(said) == min(19, os.nice(0) + 10)
    assert not [phase for phase in run_tests.phases(["quick"]) + run_tests.phases(["tests/unit"]) if phase.waits]


@pytest.mark.parametrize(
    ("code", "said", "closing", "unsteady"),
    [
        (0, "no other Python than 3.11 here: nothing to do\n", "no other Python than 3.11 here: nothing to do", []),
        (1, "it broke\n", run_tests.NO_RESULT, []),
        (0, "", run_tests.NO_RESULT, []),
        (
            0,
            "1 failed, 8 passed in 9.0s\nOnce more, alone: a\n1 passed in 1s\n\nTests in 10 s:\n"
            "  passed: unit tests: 1 failed, 8 passed in 9.0s\n    UNSTEADY, failed and passed alone: a\n"
            "3 passed in 2.0s\nPython 3.13: passed\n",
            "1 failed, 8 passed in 9.0s; 3 passed in 2.0s",
            ["a"],
        ),
    ],
)
def test_the_summary_says_of_what_ran_beside_how_it_ended(
    code: int, said: str, closing: str, unsteady: list[str]
) -> None:
    assert run_tests.told("it", code, said.splitlines()) == run_tests.End("it", code, closing, unsteady)


def test_a_long_command_has_a_short_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMR_TESTS_BESIDE", "true " * 50)
    assert len(next(iter(run_tests.beside().calls))) <= 70


def _gone(pid: int, seconds: float = 4.0) -> bool:
    """Whether a process ends within so many seconds; a dead one whose parent has not looked counts."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def _pid_in(file: Path) -> int:
    end = time.monotonic() + 10.0
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(file.read_text())


def test_what_leaves_a_daemon_with_its_output_open_is_waited_for_no_longer_than_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_tests, "BESIDE_S", 0.5)
    monkeypatch.setattr(run_tests, "phases", lambda _: [run_tests.Phase("waits", (), waits=True)])
    monkeypatch.setattr(run_tests, "run", lambda *_: (0, "1 passed in 1.0s"))
    calls = {
        "leaves": ["sh", "-c", f"echo hello; sleep 60 & echo $! >{tmp_path}/pid"],
        "next": ["touch", str(tmp_path / "next")],
    }
    monkeypatch.setattr(run_tests, "beside", lambda: run_tests.Beside(calls))
    assert run_tests.main([]) == 1
    assert _gone(_pid_in(tmp_path / "pid"))
    out = capsys.readouterr().out
    assert "[beside] leaves\nhello\n" in out
    assert [line for line in out.splitlines() if "FAILED" in line] == [
        "  FAILED: leaves: not over after 0 s", "  FAILED: next: not over after 0 s",
    ]  # fmt: skip
    assert not (tmp_path / "next").exists()


def test_an_error_of_ours_leaves_nothing_beside_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> tuple[int, str]:
        _pid_in(tmp_path / "pid")
        raise KeyboardInterrupt

    monkeypatch.setattr(run_tests, "phases", lambda _: [run_tests.Phase("waits", (), waits=True)])
    monkeypatch.setattr(run_tests, "run", run)
    calls = {"sleeps": ["sh", "-c", f"echo $$ >{tmp_path}/pid; sleep 60; true"], "next": ["touch", f"{tmp_path}/next"]}
    monkeypatch.setattr(run_tests, "beside", lambda: run_tests.Beside(calls))
    with pytest.raises(KeyboardInterrupt):
        run_tests.main([])
    assert _gone(_pid_in(tmp_path / "pid"))
    assert not (tmp_path / "next").exists()


ENDED = """
import os
import time
from pathlib import Path


def test_it():
    try:
        Path("pid").write_text(str(os.getpid()))
        time.sleep(60)
    finally:
        Path("torn_down").touch()
"""


def test_sigterm_ends_the_tests_as_a_person_would_and_what_runs_beside(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(ENDED)
    code = (
        "import run_tests, signal\n"
        "run_tests.phases = lambda _: [run_tests.Phase('waits', ('test_it.py', '-p', 'no:cacheprovider'), True)]\n"
        "run_tests.beside = lambda: run_tests.Beside({'sleeps': ['sh', '-c', 'echo $$ >beside; sleep 60; true']})\n"
        "signal.signal(signal.SIGTERM, run_tests.terminated)\n"
        "raise SystemExit(run_tests.main([]))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env, stdout=subprocess.DEVNULL) as process:
        pids = [_pid_in(tmp_path / name) for name in ("pid", "beside")]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
    assert all(_gone(pid) for pid in pids)
    assert (tmp_path / "torn_down").exists()


FLAKY = """
import os
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", range(2))
def test_passes_the_second_time(number):
    been = Path(__file__).with_name(f"been_{number}")
    first = not been.exists()
    been.touch()
    assert not first


def test_what_is_compiled_is_kept():
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
"""


def test_a_test_that_passes_the_second_time_is_named_and_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_it.py").write_text(FLAKY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMR_TESTS_AGAIN", "2")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert run_tests.main(["test_it.py", "-q", "-p", "no:cacheprovider"]) == 0
    assert [line.split("::")[-1] for line in capsys.readouterr().out.splitlines() if "UNSTEADY" in line] == [
        "test_passes_the_second_time[0]", "test_passes_the_second_time[1]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("most", "first", "second", "code", "runs"),
    [
        ("2", (1, "a\nb\n"), (0, ""), 0, 2),
        ("2", (1, "a\na\nb\n"), (0, ""), 0, 2),  # a test and its teardown failed
        ("2", (1, "a\nb\n"), (1, "b\n"), 1, 2),
        ("1", (1, "a\nb\n"), (0, ""), 1, 1),  # more failures than get a second go
        ("", (1, "a\n"), (0, ""), 1, 1),  # nobody asked for one
        ("2", (2, "a\n"), (0, ""), 2, 1),  # broken off: what else would have failed?
        ("2", (1, ""), (0, ""), 1, 1),
        ("2", (0, ""), (1, ""), 0, 1),
    ],
)
def test_few_failures_get_a_second_go_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    most: str,
    first: tuple[int, str],
    second: tuple[int, str],
    code: int,
    runs: int,
) -> None:
    went: list[tuple[str, ...]] = []

    def run(phase: run_tests.Phase, failed: Path) -> tuple[int, str]:
        end, names = second if went else first
        went.append(phase.arguments)
        failed.write_text(names)
        return end, "closing"

    monkeypatch.setattr(run_tests, "run", run)
    monkeypatch.setenv("AMR_TESTS_AGAIN", most)
    assert (run_tests.main(["all"]), len(went)) == (code, runs)
    assert went[1:] == [("a", "b")][: runs - 1]


def test_what_is_asked_for_goes_to_pytest_as_it_is() -> None:
    assert [phase.arguments for phase in run_tests.phases(["tests/unit", "-k", "site"])] == [
        ("tests/unit", "-k", "site")
    ]
