"""A site's broker with an access list of before drops new topics without a word: doctor and gateway say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_interop.mqtt.reports import TOPIC as REPORTS
from amr_interop.mqtt.seat import BEAT, TOPICS
from amr_interop.mqtt.site_files import access, old_access

ROBOTS = {"amr_01": ("AMR", "amr_01"), "amr_02": ("ACME", "SN-1")}


def examined(folder: Path, *more: str) -> Any:
    return CliRunner().invoke(app, ["doctor", "broker", "--folder", str(folder), *more])


def test_a_list_that_is_written_today_is_well(tmp_path: Path) -> None:
    assert old_access(tmp_path) is None, "the broker is elsewhere"
    (tmp_path / "access.acl").write_text("# of the port\n" + access(ROBOTS) + "topic read ours/#\n")
    assert old_access(tmp_path) is None
    assert examined(tmp_path).exit_code == 0


@pytest.mark.parametrize(
    ("topic", "count"), [(REPORTS, 2 * (1 + len({m for m, _ in ROBOTS.values()}))), (TOPICS[0], 1), (BEAT, 2)]
)
def test_a_list_without_what_came_later_is_named_with_its_cure(tmp_path: Path, topic: str, count: int) -> None:
    (tmp_path / "access.acl").write_text(
        "".join(line + "\n" for line in access(ROBOTS).splitlines() if not line.endswith(topic))
    )
    old = old_access(tmp_path)
    assert old is not None
    assert (old.code, old.facts["count"]) == ("mqtt.old_access", count)
    assert topic in str(old.facts["line"])
    result = examined(tmp_path)
    assert result.exit_code == 1
    assert "amr mqtt files" in " ".join(result.stdout.split())
    told = json.loads(examined(tmp_path, "--json").stdout)
    assert (told["well"], told["access"]) == (False, "mqtt.old_access")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"pattern write //%u/state\n"])
def test_rubbish_is_an_old_list(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "access.acl").write_bytes(content)
    assert examined(tmp_path).exit_code == 1


def test_a_folder_without_a_list_is_said(tmp_path: Path) -> None:
    assert getattr(examined(tmp_path).exception, "code", "") == "run.bad_option"
