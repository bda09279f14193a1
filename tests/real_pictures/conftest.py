"""Photographs that are no part of the project: their folder comes from AMR_REAL_PICTURES."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

VARIABLE, NEED = "AMR_REAL_PICTURES", "AMR_NEED_REAL_PICTURES"


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(os.environ.get(VARIABLE, ""))
    if os.environ.get(VARIABLE) and (folder / "people").is_dir():
        return folder
    why = f"no real pictures: set {VARIABLE} to a folder with barcodes, containers, people, qr and tags"
    if os.environ.get(NEED) == "1":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(autouse=True)
def note_cpu(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Note the CPU time of a test: tests/conftest.py adds it up, and all together have a bound."""
    began = time.process_time()
    yield
    record_property("cpu_s", time.process_time() - began)
