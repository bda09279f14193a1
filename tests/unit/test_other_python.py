"""Tests on another Python: which versions, and the copy of the checkout that they run in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import other_python
import pytest


def test_only_supported_versions_other_than_our_own_are_tried(tmp_path: Path) -> None:
    for version in ("3.10", "3.11", "3.12", "3.13"):
        python = tmp_path / f"python{version}"
        python.write_text(f"#!/bin/sh\necho {version}\n")
        python.chmod(0o755)
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    candidates = [str(path) for path in sorted(tmp_path.iterdir())]
    found = other_python.chosen([*candidates, str(tmp_path / "missing")], own="3.11")
    assert found == {version: str(tmp_path / f"python{version}") for version in ("3.12", "3.13")}


def test_a_copy_of_the_checkout_has_new_files_and_loses_removed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    (checkout / "tests").mkdir(parents=True)
    (checkout / "tests" / "old.py").touch()
    (checkout / "eval").mkdir()
    (checkout / "eval" / "old.jsonl").touch()
    built = other_python.DASHBOARD / "index.html"  # which git does not know
    (checkout / built).parent.mkdir(parents=True)
    (checkout / built).write_text("<html>")
    (checkout / ".gitignore").write_text("static/\n")
    monkeypatch.setattr(other_python, "ROOT", checkout)
    subprocess.run(["git", "init", "-q"], cwd=checkout, check=True)
    other_python.copy_checkout(copy)
    (checkout / "tests" / "old.py").rename(checkout / "tests" / "new.py")
    (checkout / "eval" / "old.jsonl").rename(checkout / "eval" / "new.jsonl")
    (copy / "eval" / "made").touch()
    other_python.copy_checkout(copy)
    assert {path.name for path in (copy / "eval").iterdir()} == {"new.jsonl", "made"}
    assert [path.name for path in (copy / "tests").iterdir()] == ["new.py"]
    assert (copy / built).read_text() == "<html>"


def test_a_file_that_a_test_takes_away_meanwhile_ends_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    checkout.mkdir()
    for name in ("a_made_by_a_test", "b_kept.py"):
        (checkout / name).touch()
    subprocess.run(["git", "init", "-q"], cwd=checkout, check=True)
    monkeypatch.setattr(other_python, "ROOT", checkout)
    still = shutil.copy2

    def too_late(source: Path, target: Path) -> None:
        (checkout / "a_made_by_a_test").unlink(missing_ok=True)
        still(source, target)

    monkeypatch.setattr(shutil, "copy2", too_late)
    other_python.copy_checkout(copy)
    assert other_python.copied_before(copy) == {"b_kept.py"}


def test_a_copy_that_nobody_can_compare_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout, copy = tmp_path / "checkout", tmp_path / "copy"
    (copy / "tests").mkdir(parents=True)
    (copy / "tests" / "removed.py").touch()
    checkout.mkdir()
    (checkout / "kept.py").touch()
    monkeypatch.setattr(other_python, "ROOT", checkout)
    subprocess.run(["git", "init", "-q"], cwd=checkout, check=True)
    other_python.copy_checkout(copy)
    assert (copy / "kept.py").exists()
    assert not (copy / "tests").exists()
