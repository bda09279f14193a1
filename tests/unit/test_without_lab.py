"""The product is complete without amr_lab: it imports, `amr` works, and what is missing says what to install."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"
PRODUCT = sorted(path.parent.name for path in SRC.glob("amr_*/setup.py") if path.parent.name != "amr_lab")
HIDDEN = """
import importlib, importlib.abc, pkgutil, sys

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "amr_lab":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""
CALL = "from amr_bringup.cli import main\nmain()\n"
IMPORTS = f"""
from unittest import mock
# ROS 2's launch is not among the wheels.
names = ("launch", "launch.actions", "launch.conditions", "launch.events", "launch.substitutions", "launch_ros",
    "launch_ros.actions", "launch_ros.descriptions", "launch.launch_description_sources", "launch.event_handlers")
sys.modules.update((name, mock.MagicMock()) for name in names)
count = 0
for package in {PRODUCT}:
    top = importlib.import_module(package)
    for found in pkgutil.walk_packages(top.__path__, package + "."):
        if ".migrations" not in found.name:  # only alembic can run those
            importlib.import_module(found.name)
            count += 1
assert not any(name.startswith("amr_lab") for name in sys.modules)
print(count)
"""


def python(code: str, words: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", textwrap.dedent(HIDDEN) + code, *words]
    return subprocess.run(call, capture_output=True, text=True, timeout=100)


def test_every_module_of_the_product_imports() -> None:
    done = python(IMPORTS)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("nodes", "--site", "lab")], ids=" ".join)
def test_amr_works(words: Sequence[str]) -> None:
    done = python(CALL, words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [("bench",), ("bench", "nav", "--site", "lab"), ("bench", "--help"), ("study", "--robots", "4")],
    ids=" ".join,
)
def test_a_command_of_the_laboratory_says_what_to_install(words: Sequence[str]) -> None:
    done = python(CALL, words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"error [command.not_installed] amr {words[0]} needs the package amr_lab: make setup in a checkout, "
        "or colcon build --packages-up-to amr_lab"
    ]


def test_a_package_that_the_laboratory_misses_is_named() -> None:
    code = HIDDEN.replace('"amr_lab"', '"prettier"') + textwrap.dedent(
        """
        import importlib.metadata as metadata
        point = metadata.EntryPoint("bench", "prettier.deep:app", "amr.commands")
        metadata.entry_points = lambda group: [point] if group == point.group else []
        """
    )
    done = subprocess.run([sys.executable, "-c", code + CALL, "bench"], capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert "needs the package prettier" in done.stderr
