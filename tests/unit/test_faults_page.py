"""Every row of the table of faults names a test that exists."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from amr_bringup.cli import app

_ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \| `(tests/\S+?)::(test_\w+)` \|$")


def _rows() -> list[tuple[str, ...]]:
    page = (_ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if re.match(r"^\| \d+ \|", line)]
    found = [_ROW.match(line) for line in lines]
    assert all(found), [line for line, row in zip(lines, found, strict=True) if row is None]
    return [row.groups() for row in found if row is not None]


def test_there_are_enough_and_they_are_numbered() -> None:
    rows = _rows()
    assert len(rows) >= 40
    assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))


def test_each_names_a_test_that_exists() -> None:
    missing = [
        f"{path}::{name}"
        for *_, path, name in _rows()
        if not (_ROOT / path).is_file()
        or not re.search(rf"^(async )?def {name}\(", (_ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not missing


def test_the_page_on_security_names_tests_that_exist() -> None:
    text = (_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?", text)
    assert len(set(named)) > 40
    assert [path for path, _ in named if not (_ROOT / path).exists()] == []
    functions = [(path, name) for path, name in named if name]
    assert [one for one in functions if f"def {one[1]}(" not in (_ROOT / one[0]).read_text(encoding="utf-8")] == []


def test_fast_dds_of_the_wheels_has_no_security_plugins_as_the_page_says() -> None:
    libraries = sorted(Path(sys.prefix).glob("lib/libfastrtps.so.2.*"))
    if not libraries:
        pytest.skip("ROS is not from wheels here")
    said = "built without its security plugins" in (_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert (b"DDS:Auth:PKI-DH" not in libraries[-1].read_bytes()) is said


_UNITS = sorted(path.name for path in (_ROOT / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", _UNITS)
def test_units_expose_little(unit: str) -> None:
    """At most 2.0 of 10, all of them: fleet, robot (devices, CAN, real time) and broker."""
    assert len(_UNITS) >= 3
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(_ROOT / "systemd" / unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-300:]


@pytest.mark.parametrize("unit", _UNITS)
def test_systemd_never_gives_a_unit_up(unit: str) -> None:
    """Five ends within 300 s, as kills 32 s apart are, and it was left dead until somebody reset it by hand."""
    said = dict(
        line.split("=", 1)
        for line in (_ROOT / "systemd" / unit).read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    assert said["Restart"] in ("always", "on-failure")
    assert said["StartLimitIntervalSec"] == "0"
    assert "StartLimitBurst" not in said
    assert float(said["RestartSec"]) >= 2.0, "nobody starts a broken one a hundred times a second"


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """Who may list processes would read it."""
    found = [
        (" ".join(path), parameter.name or "")
        for path, command in _commands(typer.main.get_command(app), ("amr",))
        for parameter in command.params
    ]
    assert len(found) > 100
    secret = re.compile(r"password|passwd|secret|token|\bpin\b", re.IGNORECASE)
    assert [one for one in found if secret.search(one[1].replace("_", " "))] == []


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))
