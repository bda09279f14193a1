"""Our subsets of foreign interface packages must not hide the real ones."""

from __future__ import annotations

from pathlib import Path

from amr_bringup.shadow import PACKAGES, refusal, shadows

ROOT = Path(__file__).resolve().parents[2]


def prefix(folder: Path, *interfaces: str) -> str:
    for interface in interfaces:
        file = folder / "share" / interface
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return str(folder)


def test_a_subset_before_the_whole_is_named_in_one_line(tmp_path: Path) -> None:
    ours = prefix(tmp_path / "ours", "nav2_msgs/action/Spin.action", "tf2_msgs/msg/TFMessage.msg")
    real = prefix(
        tmp_path / "real",
        *("nav2_msgs/action/Spin.action", "nav2_msgs/action/FollowObject.action", "tf2_msgs/msg/TFMessage.msg"),
    )
    (found,) = shadows([Path(ours), Path("/nowhere"), Path(real)])
    assert (found.package, str(found.subset), str(found.whole)) == ("nav2_msgs", ours, real)
    line = str(refusal([found]))
    assert "nav2_msgs/action/FollowObject" in line
    assert ours in line
    assert "\n" not in line


def test_the_whole_first_or_one_alone_is_well(tmp_path: Path) -> None:
    ours = prefix(tmp_path / "ours", "nav2_msgs/action/Spin.action")
    real = prefix(tmp_path / "real", "nav2_msgs/action/Spin.action", "nav2_msgs/action/FollowObject.action")
    for prefixes in ([real, ours], [ours], [real], []):
        assert shadows([Path(prefix) for prefix in prefixes]) == []


def test_a_plain_colcon_build_leaves_the_subsets_out_and_ours_has_them() -> None:
    assert (ROOT / "src" / "compat" / "COLCON_IGNORE").is_file()
    subsets = {path.parent for path in (ROOT / "src" / "compat").glob("*/package.xml")}
    assert {path.name for path in subsets} == set(PACKAGES)
    assert not any((path / "COLCON_IGNORE").exists() for path in subsets), "they could not be built by name"
    source = (ROOT / "scripts" / "colcon.py").read_text()
    assert 'glob("src/compat/*/package.xml")' in source
