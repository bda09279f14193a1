"""A file that was written is there after a power cut: its name is in the folder on disk, too."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from amr_core.whole_files import write_whole


def test_a_durable_file_has_its_name_on_disk_and_one_that_need_not_be_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "x", []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), path.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(path, b"1", durable=False)
    assert synced == []
    path.unlink()
    write_whole(path, b"2")
    assert synced == [(False, False), (True, True)]
    assert path.read_bytes() == b"2"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_folder_that_cannot_be_synced_is_told_and_the_file_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for a durable file hears that it may not be one; it was replaced already, and stays."""

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input"):
        write_whole(tmp_path / "x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"
