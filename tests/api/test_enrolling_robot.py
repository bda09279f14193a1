"""The robot's side of enrolling: what is written into its folder, and that nothing is when something fails."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from amr_bringup import enrol as robot_side
from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority
from amr_core.site import archive, site_dir
from amr_fleet.enrolment import EnrolmentDesk
from tests.api.enrolment_desk import Clock


@pytest.fixture
def wire(desk: EnrolmentDesk, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The robot's HTTP without a network; what is in the answer may be spoilt."""
    spoilt: dict[str, Any] = {}

    def ask(_server: str, path: str, body: dict[str, Any], _folder: Path) -> dict[str, Any]:
        if path == "enrol/renew":
            text = desk.renew(
                body["certificate"].encode(), body["request"].encode(), base64.b64decode(body["signature"])
            )
            return {"certificate": text.decode(), **spoilt}
        given = desk.enrol(body["number"], body["request"].encode(), body["proof"])
        files = base64.b64encode(given.site_files).decode()
        told = {**dataclasses.asdict(given), "certificate": given.certificate.decode(), "site_files": files}
        return {**told, "authority": given.authority.decode(), **spoilt}

    monkeypatch.setattr(robot_side, "_ask", ask)
    return spoilt


def test_a_robot_writes_what_its_service_needs(desk: EnrolmentDesk, wire: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "robot"
    newcomer = robot_side.enrol("https://s", desk.offer("amr_01").text, folder)
    assert (newcomer.name, newcomer.broker, newcomer.site) == ("amr_01", "broker.site:8883", "lab")
    assert archive.version(folder / "site") == archive.version(site_dir("lab"))
    assert (folder / "robot.key").stat().st_mode & 0o077 == 0
    values = dict(line.split("=", 1) for line in (folder / "robot.env").read_text().splitlines())
    assert values["AMR_ROBOT"] == "amr_01"
    assert all(Path(values[name]).exists() for name in ("AMR_SITE", "AMR_CA", "AMR_CERTIFICATE", "AMR_KEY"))
    assert values["AMR_SERVER"] == "https://s"


@pytest.mark.parametrize("name", ["robot", "broker", "certificate", "authority", "site_version", "proof", "site_files"])
def test_a_server_that_does_not_know_the_code_gets_nothing_written(
    desk: EnrolmentDesk, wire: dict[str, Any], tmp_path: Path, name: str
) -> None:
    wire[name] = "other"
    with pytest.raises(AmrError, match=r"enrol\.server|site\.archive"):
        robot_side.enrol("https://s", desk.offer("amr_01").text, tmp_path / "robot")
    assert not (tmp_path / "robot" / "robot.key").exists()


def test_a_folder_that_cannot_be_written_is_said_before_the_code_is_used(
    desk: EnrolmentDesk, wire: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    code = desk.offer("amr_01").text
    for name in ("file", "file/below", "x" * 300):
        with pytest.raises(AmrError, match=r"run\.bad_option"):
            robot_side.enrol("https://s", code, tmp_path / name)
    assert robot_side.enrol("https://s", code, tmp_path / "robot").name == "amr_01"


@pytest.mark.parametrize("step", ["_ask", "unpack", "robot.crt.new", "robot.env.new"])
def test_what_fails_on_the_way_leaves_the_folder_as_it_was(
    desk: EnrolmentDesk, wire: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def failing(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def write(path: Path, content: bytes) -> None:
        if path.name == step:
            failing()
        path.write_bytes(content)

    def seen(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    root = tmp_path / "robots"
    robot_side.enrol("https://s", desk.offer("amr_01").text, root / "robot")
    before = seen(root)
    if step in ("_ask", "unpack"):
        monkeypatch.setattr(robot_side if step == "_ask" else archive, step, failing)
    else:
        monkeypatch.setattr(robot_side, "write_whole", write)
    for folder in ("robot", "fresh"):
        with pytest.raises((AmrError, OSError)) as caught:
            robot_side.enrol("https://s", desk.offer("amr_01").text, root / folder)
        assert step == "_ask" or (isinstance(caught.value, AmrError) and caught.value.code == "run.bad_option")
        assert seen(root) == before
    assert not (root / "fresh").exists()


def test_a_robot_renews_when_it_is_time_and_not_before(
    desk: EnrolmentDesk, wire: dict[str, Any], tmp_path: Path, clock: Clock
) -> None:
    robot_side.enrol("https://s", desk.offer("amr_01").text, tmp_path)
    assert robot_side.renew("https://s", tmp_path) is None
    before = (tmp_path / "robot.crt").read_bytes()
    clock.now += 700 * 86400.0
    later = datetime.datetime.fromtimestamp(clock.now, datetime.UTC)
    wire["certificate"] = (
        SiteAuthority.made(tmp_path / "strange")[0]
        .issue("amr_01")
        .certificate.public_bytes(serialization.Encoding.PEM)
        .decode()
    )
    with pytest.raises(AmrError, match=r"enrol\.server"):
        robot_side.renew("https://s", tmp_path, now=later)
    assert (tmp_path / "robot.crt").read_bytes() == before
    wire.clear()
    assert robot_side.renew("https://s", tmp_path, now=later) is not None
    assert (tmp_path / "robot.crt").read_bytes() != before


def test_a_folder_without_a_certificate_says_so(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"enrol\.certificate"):
        robot_side.renew("https://s", tmp_path)


@pytest.mark.parametrize("server", ["ftp://x", "nonsense", "http://127.0.0.1:9"])
def test_a_server_that_is_none_is_an_error_with_a_code(server: str, tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"enrol\.server"):
        robot_side.enrol(server, "0000-0000-0000-0000-0000", tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_the_server_refuses_keeps_its_code() -> None:
    class Refused:
        code = 403

        def read(self, _most: int) -> bytes:
            return json.dumps({"code": "enrol.code", "facts": {}}).encode()

    assert robot_side._refusal("s", Refused()).code == "enrol.code"  # type: ignore[arg-type]
