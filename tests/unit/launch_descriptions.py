"""Launch files read without launch, for the tests of what they start."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from amr_bringup.nav2 import MANAGED
from tests.unit import fake_launch

LAUNCH = Path(__file__).parents[2] / "src" / "amr_bringup" / "launch"

FILES = sorted(path.name for path in LAUNCH.glob("*.launch.py"))

SERVERS = [server.name for servers in MANAGED.values() for server in servers]

MANAGERS = [f"lifecycle_manager_{name}" for name in MANAGED]


@pytest.fixture(autouse=True)
def without_launch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_launch.install(monkeypatch)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def description(name: str) -> Any:
    return runpy.run_path(str(LAUNCH / name))["generate_launch_description"]()


def names(actions: list[Any]) -> list[str]:
    return [f"{a.keywords.get('namespace', '')}/{a.keywords.get('name', '')}" for a in actions]


def plain(parameters: list[Any]) -> dict[str, Any]:
    """Return the parameters of the last dict as launch_ros hands them to the node."""
    values = {}
    for key, value in parameters[-1].items():
        typed = type(value).__name__ == "ParameterValue"
        assert typed == isinstance(value.args[0] if typed else value, str), f"{key}: texts are marked as texts"
        values[key] = value.args[0] if typed else value
    return values
