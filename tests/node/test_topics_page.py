"""docs/topics.md is what the graph of a running stack says."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.mark.timeout(300)
def test_the_page_of_topics_is_fresh(domain_id: int) -> None:
    page = importlib.import_module("topics_page").topics_page(domain_id)
    path = ROOT / "docs" / "topics.md"
    assert path.read_text(encoding="utf-8") == page, "run: .venv/bin/python scripts/contracts.py --topics"
    assert max(map(len, page.splitlines())) < 300
