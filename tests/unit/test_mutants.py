"""The page of mutants: figures by module, a line for each that lives, reasons that stay while their line does."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import mutants
import mutants_page as page
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
class Door:
    def xǁDoorǁopen__mutmut_orig(self, force: float) -> bool:
        if force > 3.0:
            return True
        return False
    def xǁDoorǁopen__mutmut_1(self, force: float) -> bool:
        if force >= 3.0:
            return True
        return False
    def xǁDoorǁopen__mutmut_2(self, force: float) -> bool:
        if force > 4.0:
            return True
        return False


def x_wide__mutmut_orig(
    a: int,
) -> int:
    return a + 1


def x_wide__mutmut_1(
    a: int,
) -> int:
    return a - 1
"""


def results(folder: Path, **codes: int | None) -> Path:
    """Leave behind what mutmut does: the file with all mutants and the exit code of each one's tests."""
    names = {
        "open1": "amr.door.xǁDoorǁopen__mutmut_1",
        "open2": "amr.door.xǁDoorǁopen__mutmut_2",
        "wide": "amr.door.x_wide__mutmut_1",
    }
    where = folder / "mutants" / "src" / "amr"
    where.mkdir(parents=True)
    (where / "door.py").write_text(SOURCE, encoding="utf-8")
    exits = {names[key]: code for key, code in codes.items()}
    meta = {"exit_code_by_key": exits, "durations_by_key": dict.fromkeys(exits, 1.0)}
    (where / "door.py.meta").write_text(json.dumps(meta), encoding="utf-8")
    return folder / "mutants"


def test_killed_refused_timed_out_and_alive_are_told_apart(tmp_path: Path) -> None:
    (module,) = page.read(results(tmp_path, open1=0, open2=37, wide=-24))
    assert (module.name, module.killed, module.timed_out, module.refused) == ("amr.door", 0, 1, 1)
    assert (module.judged, module.share) == (1, 0.0)
    assert page.alive(tmp_path / "mutants") == ["amr.door.xǁDoorǁopen__mutmut_1"]


@pytest.mark.parametrize("code", [0, 33, 5, 2, -11])
def test_what_no_test_notices_lives_and_so_does_what_no_test_calls(tmp_path: Path, code: int) -> None:
    (module,) = page.read(results(tmp_path, open1=code))
    assert (len(module.alive), module.share) == (1, 0.0)


def test_a_line_says_what_was_changed_into_what(tmp_path: Path) -> None:
    assert page.change(SOURCE, "amr.door.xǁDoorǁopen__mutmut_1") == ("Door.open", "if force > 3.0:", "if force >= 3.0:")
    assert page.change(SOURCE, "amr.door.x_wide__mutmut_1") == ("wide", "return a + 1", "return a - 1")
    with pytest.raises(LookupError):
        page.change(SOURCE, "amr.door.x_gone__mutmut_1")


def test_the_command_fails_until_each_has_a_reason_and_keeps_it_while_the_line_stays(tmp_path: Path) -> None:
    found, told = results(tmp_path, open1=1, open2=0, wide=1), tmp_path / "mutants.md"
    assert page.write(found, told) == 1
    text = told.read_text(encoding="utf-8")
    assert "| `amr.door` | 2 | 3 | 67 % | 0 | 0 | 0 | 0 | 3 |" in text
    line = "- `Door.open`: `if force > 3.0:` becomes `if force > 4.0:`"
    assert f"{line}\n  {page.UNKNOWN}\n" in text
    told.write_text(text.replace(page.UNKNOWN, "No door is pushed so hard."), encoding="utf-8")
    assert page.write(found, told) == 1, "explained, but too few die"
    assert f"{line}\n  No door is pushed so hard.\n" in told.read_text(encoding="utf-8")


def test_nothing_unexplained_and_enough_killed_is_a_pass(tmp_path: Path) -> None:
    assert page.write(results(tmp_path, open1=1, open2=1, wide=1), tmp_path / "mutants.md") == 0


def test_what_lives_of_a_part_is_printed_and_no_page_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = results(tmp_path, open1=0, open2=None, wide=1)
    assert page.write(found, None) == 1
    out = capsys.readouterr().out
    assert "amr.door: 1 of 2 killed (50.0 %), 0 timed out, 1 not run" in out
    assert "amr.door - `Door.open`: `if force > 3.0:` becomes `if force >= 3.0:`" in out
    assert page.write(tmp_path / "nothing", None) == 2


def test_what_was_left_out_of_a_run_of_half_is_told(tmp_path: Path) -> None:
    told = tmp_path / "mutants.md"
    assert page.write(results(tmp_path, open1=1, open2=None, wide=1), told) == 0
    assert "| `amr.door` | 2 | 2 | 100 % | 0 | 0 | 0 | 1 | 3 |" in told.read_text(encoding="utf-8")


def test_of_a_module_that_was_left_out_the_page_keeps_what_it_says(tmp_path: Path) -> None:
    told = tmp_path / "mutants.md"
    page.write(results(tmp_path, open1=1, open2=0, wide=1), told)
    before = told.read_text(encoding="utf-8").replace(page.UNKNOWN, "No door is pushed so hard.")
    told.write_text(before, encoding="utf-8")
    assert page.write(results(tmp_path / "anew", open1=None, open2=37, wide=None), told) == 0
    assert told.read_text(encoding="utf-8") == before


def test_modules_and_tests_of_the_settings_exist() -> None:
    """A module that moved would drop out in silence."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    for name in settings["only_mutate"]:
        package, _, rest = name.removeprefix("src/").partition("/")
        assert package in mutants.PACKAGES
        assert (ROOT / "src" / package / package / rest).is_file(), name
    for name in settings["pytest_add_cli_args_test_selection"]:
        file, _, test = name.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") if test else (ROOT / file).is_file(), name
    for name in mutants.KERNELS:
        package, _, rest = name.partition("/")
        assert "@njit\n" in (ROOT / "src" / package / package / rest).read_text(encoding="utf-8")


def test_the_page_names_every_module_and_explains_every_mutant_that_lives() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    text = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8")
    for name in settings["only_mutate"]:
        assert f"| `{name.removeprefix('src/').removesuffix('.py').replace('/', '.')}` |" in text
    assert page.UNKNOWN not in text
    assert page.contradictions(text) == []


def test_a_page_whose_list_is_not_what_its_table_leaves_alive_is_found_out(tmp_path: Path) -> None:
    told = tmp_path / "mutants.md"
    page.write(results(tmp_path, open1=0, open2=0, wide=1), told)
    text = told.read_text(encoding="utf-8")
    assert page.contradictions(text) == []
    first = "- `Door.open`: `if force > 3.0:` becomes `if force >= 3.0:`"
    assert page.contradictions(text.replace(first, "")) == ["amr.door: 2 live by the table, 1 are listed"]
    assert page.contradictions(text.replace(first, f"{first} (2 times)")) == [
        "amr.door: 2 live by the table, 3 are listed"
    ]
    assert page.contradictions(text.replace(first, "").replace("33 % | 0 |", "33 % | 1 |")) == []


def test_mypy_finds_the_packages_that_are_not_in_the_tree() -> None:
    (line,) = [line for line in mutants._settings().splitlines() if line.startswith("mypy_path")]
    paths = line.split('"')[1].split(":")
    assert paths[0] == "src"
    assert str(ROOT / "src" / "amr_core") in paths
    assert not any(path.endswith(mutants.PACKAGES) for path in paths)


@pytest.mark.parametrize(
    ("words", "kept", "asked"),
    [
        (["run"], False, ()),
        (["on"], True, ()),
        (["run", "amr_fleet.service*"], True, ("amr_fleet.service*",)),
        (["half"], False, (mutants.EVEN,)),
    ],
)
def test_an_interrupted_run_goes_on_from_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], kept: bool, asked: tuple[str, ...]
) -> None:
    went: list[tuple[str, ...]] = []

    def run(*words: str) -> int:
        went.append(words)
        return 0

    monkeypatch.setattr(mutants, "TREE", tmp_path)
    monkeypatch.setattr(mutants, "install_tools", lambda: None)
    monkeypatch.setattr(mutants, "lay_out", lambda: None)
    monkeypatch.setattr(mutants, "mutmut", run)
    monkeypatch.setattr("mutants.mutants_page.write", lambda *_: 0)
    found = tmp_path / "mutants" / "service.py.meta"
    found.parent.mkdir()
    found.touch()
    assert mutants.main(words) == 0
    assert (found.exists(), went) == (kept, [("run", *asked)])
