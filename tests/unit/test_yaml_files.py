"""YAML files of sites, maps, flights, docks, trials and letterheads: rubbish is an error with a code, never a crash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amr_bringup.periodic_report import _letterhead
from amr_core.errors import AmrError
from amr_core.gridmap import GridMap
from amr_core.site import load_site
from amr_core.yaml_files import LEVELS, parse_yaml, read_yaml
from amr_fleet.sandbox.record import load as load_record
from amr_navigation.config.build import _is_dock_database
from amr_navigation.config.check import check_file
from amr_navigation.docking.database import load_docks
from amr_uav.site import load_flight_site

RUBBISH = [
    "born: 2026-13-45", "at: 2026-01-01 25:00:00", "n: !!int x", "n: !!int ''", "n: !!float x", "on: !!bool x",
    "t: !!timestamp x", "a: *nowhere", "{[1]: 2}", "a: [", "!!python/object:os.system x", "a: \x00",
    "[" * 5000, "- " * 5000, "{a: " * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", RUBBISH)
def test_what_is_no_yaml_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S") as raised:
        parse_yaml(text)
    assert "\n" not in str(raised.value)


def test_what_is_yaml_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("place: Cái Cui\nxy: [1, 2.5]\nday: 2026-11-27\n", encoding="utf-8")
    assert str(read_yaml(path)) == "{'place': 'Cái Cui', 'xy': [1, 2.5], 'day': datetime.date(2026, 11, 27)}"
    assert parse_yaml("") is None
    deep = parse_yaml("[" * LEVELS + "]" * LEVELS)
    for _ in range(LEVELS - 1):
        (deep,) = deep
    assert deep == []
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="utf-8"):
        read_yaml(path)
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml")


def test_a_bottomless_file_does_not_end_the_process() -> None:
    lines = ("from amr_core.yaml_files import parse_yaml", "try:", " parse_yaml('[' * 300_000)", "except ValueError:")
    code = "\n".join((*lines, " print('no')"))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "no"), ran.stderr[-300:]


def site(path: Path) -> Any:
    return load_site(str(path.rename(path.with_name("site.yaml"))))


def flight(path: Path) -> Any:
    path.with_name("site.yaml").write_text("id: x\n", encoding="utf-8")
    path.rename(path.with_name("flight.yaml"))
    return load_flight_site(str(path.parent))


@pytest.mark.parametrize("text", RUBBISH)
@pytest.mark.parametrize(
    ("read", "code"),
    [
        (site, "site.unreadable"), (flight, "flight.site_invalid"), (GridMap.load, "site.unreadable"),
        (load_docks, "nav.file"), (check_file, "nav.file"), (load_record, "sandbox."),
        (_letterhead, "run.bad_option"),
    ],
)  # fmt: skip
def test_every_reader_answers_with_its_code(tmp_path: Path, read: Callable[[Path], Any], code: str, text: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AmrError) as raised:
        read(path)
    assert raised.value.code.startswith(code), "sandbox.invalid where a date stays a text, sandbox.bad_file else"


@pytest.mark.parametrize("text", RUBBISH)
def test_rubbish_is_no_dock_database(tmp_path: Path, text: str) -> None:
    path = tmp_path / "docks.yaml"
    path.write_text(text, encoding="utf-8")
    assert not _is_dock_database(path)
