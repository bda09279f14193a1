"""What a demo takes of the disk: counted as du counts it, the same library once, a word when it is too much."""

from __future__ import annotations

import subprocess
from pathlib import Path

import disk
import pytest
import setup


def test_a_folder_takes_what_du_says_and_a_file_of_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "one").write_bytes(b"x" * 3_000_000)
    (tmp_path / "two").hardlink_to(tmp_path / "part" / "one")
    (tmp_path / "three").symlink_to(tmp_path / "two")
    said = subprocess.run(["du", "-s", "--block-size=1", tmp_path / "part"], capture_output=True, text=True, check=True)
    assert disk.taken_mb(tmp_path) == pytest.approx(int(said.stdout.split()[0]) / 1e6, abs=0.05)
    assert 3.0 <= disk.taken_mb(tmp_path) < 3.1


def test_the_same_library_is_kept_once_and_whatever_differs_or_is_no_library_stays(tmp_path: Path) -> None:
    same, other = b"s" * 40_000, b"o" * 40_000
    files = {"a.libs/libx.so.1": same, "b.libs/libx.so.1": same, "c.so": other, "d.py": same, "e.py": same}
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "a.libs" / "libx.so.1").chmod(0o755)
    (tmp_path / "libx.so").symlink_to("a.libs/libx.so.1")
    for _ in range(2):
        disk.share_libraries(tmp_path)
        assert {name: (tmp_path / name).read_bytes() for name in files} == files
        assert {name: (tmp_path / name).stat().st_nlink for name in files} == {
            "a.libs/libx.so.1": 2, "b.libs/libx.so.1": 2, "c.so": 1, "d.py": 1, "e.py": 1,
        }  # fmt: skip
    assert (tmp_path / "libx.so").is_symlink()
    assert sorted(path.name for path in (tmp_path / "b.libs").iterdir()) == ["libx.so.1"]


def test_where_a_disk_refuses_a_second_name_files_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good set-up ended in a traceback, and was whole at the second try."""
    for name in ("a.so", "b.so"):
        (tmp_path / name).write_bytes(b"x" * 200_000)

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    disk.share_libraries(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.so", "b.so"]
    assert (tmp_path / "b.so").read_bytes() == b"x" * 200_000


@pytest.mark.parametrize(("most", "told"), [(2, True), (4, False)])
def test_a_demo_that_takes_more_than_it_may_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], most: int, told: bool
) -> None:
    (tmp_path / "library.so").write_bytes(b"x" * 3_000_000)
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(disk, "MOST_MB", most)
    setup.lighten()
    said = capsys.readouterr().out
    assert "3 MB of disk" in said
    assert ("more than the 2 MB" in said) == told


def test_what_runs_is_to_take_1_3_gb() -> None:
    """The bound of the goal: raised for a library, it is raised for everybody who only looks."""
    assert disk.MOST_MB == 1300
