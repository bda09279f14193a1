"""The archive of `make transfer`, built once for all tests of this folder, and what they ask of a demo."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import transfer

from tests.transfer.support import need_namespaces


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive, unpacked as another organisation would."""
    need_namespaces()
    place = tmp_path_factory.mktemp("transfer")
    _, archive = transfer.build(place / "built")
    with tarfile.open(archive) as tar:
        tar.extractall(place / "there", filter="data")
    return next((place / "there").iterdir())
