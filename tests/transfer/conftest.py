"""The archive of `make transfer`, built once for all tests of this folder, and what they ask of a demo."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
import transfer

from amr_fleet.store.notes import PrivateKey
from tests.transfer.support import need_namespaces


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the archive, unpacked as another organisation would."""
    need_namespaces()
    place = tmp_path_factory.mktemp("transfer")
    key = PrivateKey.load_or_make(place / "release.key", "release")
    _, archive = transfer.build(place / "built", key)
    with tarfile.open(archive) as tar:
        tar.extractall(place / "there", filter="data")
    return next((place / "there").iterdir())
