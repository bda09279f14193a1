"""Photographs that are no part of the project: their folder comes from AMR_REAL_PICTURES."""

from __future__ import annotations

import os
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
