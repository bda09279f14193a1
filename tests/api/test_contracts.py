"""What is generated from the contracts is fresh, readable, and names no host."""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
contracts = importlib.import_module("contracts")
WEB = ROOT / "src" / "amr_fleet" / "web"
HOW = "run: .venv/bin/python scripts/contracts.py"


@pytest.mark.parametrize("path", contracts.FILES, ids=lambda path: path.name)
def test_generated_files_are_fresh(path: Path) -> None:
    if path.name == "schema.ts" and not (WEB / "node_modules").is_dir():
        pytest.skip("the dashboard is not built: make setup")
    assert path.read_text(encoding="utf-8") == contracts.FILES[path](), HOW


@pytest.mark.parametrize("path", [p for p in contracts.FILES if p.suffix == ".md"], ids=lambda path: path.name)
def test_pages_have_no_endless_lines(path: Path) -> None:
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) < 300


def test_the_lock_of_the_dashboard_names_no_registry_and_pins_the_generator() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    pinned = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    for name, version in (pinned["dependencies"] | pinned["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name


def test_no_page_types_what_the_schema_has() -> None:
    """Answers are not typed a second time: calls stand in api.ts files, and those declare no fields of answers."""
    for path in (WEB / "src").rglob("api.ts"):
        assert not re.search(r"^export interface", path.read_text(encoding="utf-8"), re.MULTILINE), path
    types = (WEB / "src" / "shared" / "api" / "types.ts").read_text(encoding="utf-8")
    assert not re.search(r"\binterface\b", types)
