"""The files of a site change place on a robot's disk: at every moment one whole version is there, and a way back."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.site import archive


def packed(folder: Path, text: str) -> tuple[bytes, str]:
    """Return archive and version of a site with this text in it."""
    folder.mkdir()
    (folder / "site.yaml").write_text(text)
    (folder / "map.png").write_bytes(b"map of " + text.encode())
    return archive.pack(folder)


@pytest.fixture
def versions(tmp_path: Path) -> dict[str, tuple[bytes, str]]:
    return {name: packed(tmp_path / f"made_{name}", name) for name in ("first", "second", "third")}


def watched(monkeypatch: pytest.MonkeyPatch, look: Callable[[str, str], None]) -> None:
    """Let look see what is done, with the name of what it is done to, before and after it."""

    def around(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            name = Path(os.readlink(f"/proc/self/fd/{args[0]}")).name if kind == "fsync" else Path(args[0]).name
            look(kind, name)
            done = real(*args, **kwargs)
            look("done", name)
            return done

        return call

    monkeypatch.setattr(archive, "_exchange", around("exchange", archive._exchange))
    monkeypatch.setattr(shutil, "rmtree", around("rmtree", shutil.rmtree))
    monkeypatch.setattr(Path, "rename", around("rename", Path.rename))
    monkeypatch.setattr(os, "fsync", around("fsync", os.fsync))


def test_at_every_moment_there_are_whole_files_and_whole_files_to_go_back_to(
    tmp_path: Path, versions: dict[str, tuple[bytes, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, before = tmp_path / "robot" / "site", tmp_path / "robot" / "site.before"
    known = {version for _, version in versions.values()}
    archive.unpack(*_pair(versions["first"], site))
    archive.unpack(*_pair(versions["second"], site))
    seen: list[str] = []

    def look(kind: str, _name: str) -> None:
        seen.append(kind)
        assert {archive.version(site), archive.version(before)} <= known

    watched(monkeypatch, look)
    archive.unpack(*_pair(versions["third"], site))
    assert "exchange" in seen
    assert archive.version(site) == versions["third"][1]
    assert archive.version(before) == versions["second"][1]
    archive.go_back(site)
    assert archive.version(site) == versions["second"][1]
    assert sorted(path.name for path in site.parent.iterdir()) == ["site", "site.before"]


def _pair(made: tuple[bytes, str], site: Path) -> tuple[bytes, Path, str]:
    return made[0], site, made[1]


def test_all_is_on_the_disk_before_it_takes_the_place_of_the_old_files(
    tmp_path: Path, versions: dict[str, tuple[bytes, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut after the exchange left empty files with the right names."""
    site = tmp_path / "robot" / "site"
    archive.unpack(*_pair(versions["first"], site))
    done: list[tuple[str, str]] = []
    watched(monkeypatch, lambda kind, name: done.append((kind, name)))
    archive.unpack(*_pair(versions["second"], site))
    last = max(i for i, (kind, _) in enumerate(done) if kind == "exchange")
    synced = [name for kind, name in done[:last] if kind == "fsync"]
    assert {"site.yaml", "map.png", "robot"} < set(synced)
    assert any(name.startswith(".site-") for name in synced), "the folder itself"
    assert ("fsync", "robot") in done[last:]


def test_old_files_that_cannot_be_deleted_cost_nothing(
    tmp_path: Path, versions: dict[str, tuple[bytes, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "robot" / "site"
    archive.unpack(*_pair(versions["first"], site))
    archive.unpack(*_pair(versions["second"], site))

    def half(path: Path, ignore_errors: bool = False) -> None:
        (Path(path) / "site.yaml").unlink(missing_ok=True)

    monkeypatch.setattr(shutil, "rmtree", half)
    archive.unpack(*_pair(versions["third"], site))
    monkeypatch.undo()
    archive.go_back(site)
    assert archive.version(site) == versions["second"][1]


def test_an_exchange_that_fails_changes_nothing(
    tmp_path: Path, versions: dict[str, tuple[bytes, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, real = tmp_path / "robot" / "site", archive._exchange
    archive.unpack(*_pair(versions["first"], site))
    archive.unpack(*_pair(versions["second"], site))

    def exchange(one: Path, other: Path) -> None:
        if other == site:
            raise OSError(5, "Input/output error")
        real(one, other)

    monkeypatch.setattr(archive, "_exchange", exchange)
    with pytest.raises(OSError, match="Input/output"):
        archive.unpack(*_pair(versions["third"], site))
    monkeypatch.undo()
    archive.go_back(site)
    assert archive.version(site) == versions["first"][1]


@pytest.mark.parametrize("failing", range(1, 7))
def test_where_folders_cannot_change_places_at_once_a_step_that_fails_is_undone(
    tmp_path: Path, versions: dict[str, tuple[bytes, str]], monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    site, before = tmp_path / "robot" / "site", tmp_path / "robot" / "site.before"
    archive.unpack(*_pair(versions["first"], site))
    archive.unpack(*_pair(versions["second"], site))
    rename, steps = Path.rename, 0

    def fails_once(one: Path, other: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps == failing:
            raise OSError(5, "Input/output error")
        return rename(one, other)

    def no_library(*_: Any, **__: Any) -> Any:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    monkeypatch.setattr(Path, "rename", fails_once)
    with pytest.raises(OSError, match="Input/output"):
        archive.unpack(*_pair(versions["third"], site))
    assert archive.version(site) == versions["second"][1]
    assert archive.version(before) == versions["first"][1]
    assert sorted(path.name for path in site.parent.iterdir()) == ["site", "site.before"]


def test_there_is_no_way_back_from_the_first_files(tmp_path: Path, versions: dict[str, tuple[bytes, str]]) -> None:
    site = tmp_path / "robot" / "site"
    archive.unpack(*_pair(versions["first"], site))
    with pytest.raises(AmrError, match=r"site\.archive"):
        archive.go_back(site)
