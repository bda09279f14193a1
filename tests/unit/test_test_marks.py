"""Which tests run in which phase: by folder, by the list of slow ones, alone, or only when asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import run_tests
import slow_tests

from tests.unit.test_test_runs import ROOT


@pytest.mark.timeout(400)  # six times pytest
def test_everything_runs_in_one_phase_and_browsers_beside_browsers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AMR_TESTS_BESIDE", raising=False)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  alone\n  e2e\n  node\n  perf\n  slow\n  stack\n  system\n"
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    for folder, mark in (
        ("unit", ""),
        ("node", ""),
        ("e2e", "@pytest.mark.perf"),
        ("interop", "@pytest.mark.alone"),
        ("property", ""),
        ("real_pictures", ""),
        ("system/floods", ""),
        ("system/nav_x", ""),
        ("hosts", ""),
        ("real", ""),
    ):
        place = tmp_path / "tests" / folder
        place.mkdir(parents=True)
        (place / "test_it.py").write_text(f"import pytest\n\n{mark}\ndef test_it():\n    pass\n\n{CASES}")
    (beside,) = run_tests.beside().calls.values()
    calls = [*(phase.arguments for phase in run_tests.phases([])), tuple(beside[5:])]
    ran = [_collected(tmp_path, *_without_workers(call)) for call in calls]
    names = [{name.removeprefix("tests/").replace("/test_it.py", "") for name in phase} for phase in ran]
    assert names == [
        {f"{folder}::{test}" for folder in ("unit", "node") for test in ("test_it", "test_cases[a]", "test_cases[b]")}
        | {"interop::test_cases[a]", "interop::test_cases[b]"},
        {"e2e::test_cases[a]", "e2e::test_cases[b]"},
        {f"system/nav_x::{test}" for test in ("test_it", "test_cases[a]", "test_cases[b]")},
        {"interop::test_it"}
        | {
            f"{folder}::{it}"
            for folder in ("hosts", "real", "system/floods")
            for it in ("test_it", "test_cases[a]", "test_cases[b]")
        },
        {"e2e::test_it"},
        {
            f"{folder}::{it}"
            for folder in ("property", "real_pictures")
            for it in ("test_it", "test_cases[a]", "test_cases[b]")
        },
    ]


def _without_workers(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return what phases() says without the options of pytest-xdist, which is not there in these runs."""
    left = [arguments.index(word) for word in ("-n", "--timeout") if word in arguments]
    return arguments[: min(left, default=len(arguments))]


def _collection(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Let pytest say which tests it would run in a folder, without plugins: half of its start is theirs."""
    call = [sys.executable, "-m", "pytest", "-q", "--collect-only", "--import-mode=importlib", "-p", "no:cacheprovider"]
    env = {key: value for key, value in os.environ.items() if not key.endswith("_LONG")}
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables
    return subprocess.run([*call, *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=100)


def _collected(folder: Path, *arguments: str, **variables: str) -> set[str]:
    """Return the names of the tests that pytest would run in a folder."""
    return {line for line in _collection(folder, *arguments, **variables).stdout.splitlines() if "::" in line}


def test_a_test_is_marked_by_its_folder_and_by_the_list_of_slow_ones(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  alone\n  slow\n  stack\n  system\n  perf\n")
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "tests" / "slow.txt").write_text("tests/unit/test_it.py::test_cases\n")
    for folder, mark in (("unit", ""), ("store", "@pytest.mark.perf"), ("system/floods", ""), ("new_kind", "")):
        place = tmp_path / "tests" / folder
        place.mkdir(parents=True)
        (place / "test_it.py").write_text(f"import pytest\n\n{mark}\ndef test_it():\n    pass\n\n{CASES}")
    alone = {name.split("::")[0] for name in _collected(tmp_path, "-m", "alone", "-k", "test_it")}
    assert alone == {f"tests/{folder}/test_it.py" for folder in ("store", "system/floods", "new_kind")}
    assert _collected(tmp_path, "-m", "slow") == {f"tests/unit/test_it.py::test_cases[{case}]" for case in "ab"}


@pytest.mark.parametrize(
    ("asked", "read"), [("alone and not perf", 2), ("perf", 2), ("alone or slow", 3), ("not alone", 3)]
)
def test_what_runs_alone_is_looked_for_only_in_files_that_say_so(tmp_path: Path, asked: str, read: int) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  alone\n  slow\n  perf\n")
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    for folder, mark in (("unit", ""), ("store", "@pytest.mark.perf"), ("hosts", "")):
        place = tmp_path / "tests" / folder
        place.mkdir()
        note = f"from pathlib import Path\nPath({str(place / 'read')!r}).touch()\n"
        (place / "test_it.py").write_text(f"{note}import pytest\n\n{mark}\ndef test_it():\n    pass\n\n{CASES}")
    found = _collected(tmp_path, "-m", asked)
    assert bool(found)
    assert len([*tmp_path.rglob("read")]) == read


def test_a_file_whose_tests_run_alone_must_say_so_itself(tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  alone\n  perf\n")
    (tmp_path / "tests" / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "tests" / "unit" / "marks.py").write_text("import pytest\n\nOURS = pytest.mark.perf\n")
    (tmp_path / "tests" / "unit" / "test_it.py").write_text(
        "from marks import OURS\n\n@OURS\ndef test_it():\n    pass\n"
    )
    with_marks = f"--override-ini=pythonpath={tmp_path / 'tests' / 'unit'}"
    done = _collection(tmp_path, with_marks)
    assert (done.returncode, "test_it is to run alone" in done.stderr) == (4, True), done.stdout + done.stderr


CASES = """
@pytest.mark.parametrize("case", "ab")
def test_cases(case):
    pass
"""


def test_the_list_of_slow_tests_names_tests_and_says_of_each_test_its_longest_case() -> None:
    cases = [
        ("tests.unit.test_a", "test_x[1]", 0.05), ("tests.unit.test_a", "test_x[2]", 0.6),
        ("tests.unit.deep.test_b", "test_y", 0.05), ("tests.node.test_c", "test_z", 9.0),
    ]  # fmt: skip
    assert slow_tests.slow(cases) == ["tests/unit/test_a.py::test_x"]
    for name in slow_tests.LIST.read_text(encoding="utf-8").split():
        file, test = name.split("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{name} is gone: scripts/slow_tests.py"


def test_what_takes_minutes_is_left_out_unless_it_is_asked_for(tmp_path: Path) -> None:
    marks = ("real_long", "hosts_long", "transfer_long")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n" + "".join(f"  {mark}\n" for mark in marks))
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    tests = "".join(f"@pytest.mark.{mark}\ndef test_{mark}():\n    pass\n\n" for mark in marks)
    (tmp_path / "test_it.py").write_text(f"import pytest\n\ndef test_short():\n    pass\n\n{tests}")
    for variable, also in (
        ("", set()), ("AMR_REAL_LONG", {"real_long", "hosts_long"}), ("AMR_TRANSFER_LONG", {"transfer_long"}),
    ):  # fmt: skip
        chosen = {name.split("::test_")[1] for name in _collected(tmp_path, **({variable: "1"} if variable else {}))}
        assert chosen == {"short", *also}, variable
