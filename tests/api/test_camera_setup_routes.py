"""Setting cameras up over the API: for engineers only, bounded, audited, and no picture is kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api_process.calls import CAMERAS, calls_of
from amr_fleet.api_process.desks import RemoteCameras
from amr_fleet.camera_desk import LONGEST_SETUP, CameraAnswer
from amr_fleet.ops import Ops
from tests.api.api_support import Connect
from tests.api.small_site import small_site

JPEG = b"\xff\xd8\xff\xe0 still"
LOOK: dict[str, Any] = {
    "size": [640, 480], "age": 0.2, "still": True, "place": None, "points": [], "areas": [], "version": 0,
    "saved_by": "", "can_undo": False, "kept_size": None, "lens": None, "hidden": [], "revision": "",
}  # fmt: skip
JUDGED: dict[str, Any] = {
    "savable": False, "findings": [{"code": "points_missing", "facts": {"count": 0, "least": 4}, "fatal": True}],
    "residuals": [], "rms": None, "left_out_rms": None, "outline": [], "guards_day": 0.0, "guards_dim": 0.0,
    "areas": [], "seen_from": None,
}  # fmt: skip
BODY: dict[str, Any] = {"size": [640, 480], "place": {"x": 1.0, "y": 2.0, "height": 4.0}}
SEEN = "0123456789abcdef"
ROOT = "/api/v1/camera-setup/C09"


class Desk:
    """A desk that answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.answer: CameraAnswer | AmrError = CameraAnswer(LOOK, JPEG)

    def ask(self, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
        self.asked.append((camera, action, setup, user))
        if isinstance(self.answer, AmrError):
            raise self.answer
        return self.answer


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    made = Desk()
    ops = Ops(site=small_site(4), read_journal=list, camera_desk=made)
    app.state.context = replace(app.state.context, ops=ops)
    return made


def test_an_engineer_looks_tries_saves_and_takes_back(desk: Desk, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            assert (await http.post(f"{ROOT}/look")).json() == LOOK
            picture = await http.get(f"{ROOT}/picture.jpg")
            assert (picture.status_code, picture.content) == (200, JPEG)
            assert picture.headers["cache-control"] == "no-store"
            desk.answer = CameraAnswer(LOOK)
            assert (await http.get(f"{ROOT}/picture.jpg")).json()["code"] == "request.not_found"
            desk.answer = CameraAnswer(JUDGED)
            assert (await http.post(f"{ROOT}/try", json=BODY)).json() == JUDGED
            desk.answer = CameraAnswer({"running": False})
            assert (await http.get(f"{ROOT}/trial")).json()["events"] == []
            desk.answer = CameraAnswer({"version": 3, "revision": SEEN})
            saved = await http.post(f"{ROOT}/save", json={**BODY, "revision": SEEN})
            assert saved.json() == {"version": 3, "revision": SEEN}
            assert (await http.post(f"{ROOT}/undo", params={"revision": SEEN})).json()["version"] == 3
        assert [action for _, action, _, _ in desk.asked] == ["look", "still", "still", "try", "trial", "save", "undo"]
        sent = json.loads(desk.asked[3][2])
        assert (sent["place"], sent["size"], sent["points"]) == (BODY["place"], [640, 480], [])
        assert (json.loads(desk.asked[5][2])["revision"], desk.asked[6][2]) == (SEEN, SEEN)
        assert {user for _, _, _, user in desk.asked} == {"engineer"}

    asyncio.run(run())


def test_others_may_not_and_without_the_program_it_says_so(app: FastAPI, connect: Connect) -> None:
    async def run() -> None:
        for role in ("viewer", "operator", "authority", "worker"):
            async with connect(role) as http:
                for method, path in (("POST", "look"), ("GET", "picture.jpg"), ("POST", "save"), ("GET", "trial")):
                    answer = await http.request(method, f"{ROOT}/{path}", json=BODY if path == "save" else None)
                    assert answer.json()["code"] == "auth.forbidden", (role, path)
        async with connect("engineer") as http:
            assert (await http.post(f"{ROOT}/look")).json()["code"] == "camera.setup_off"

    asyncio.run(run())


@pytest.mark.parametrize(
    "bad",
    [
        {}, {"size": [640]}, {"size": [0, 480]}, {**BODY, "extra": 1}, {**BODY, "field_deg": 0},
        {**BODY, "revision": "../C01"}, {**BODY, "place": {"x": 1, "y": 2, "height": -1}},
        {**BODY, "points": [{"u": 1, "v": 2, "x": 3}]},
        {**BODY, "points": [{"u": 1, "v": 2, "x": 3, "y": 4}] * 61},
        {**BODY, "areas": [{"id": "a b", "polygon": [[1, 1], [2, 2], [3, 1]]}]},
        {**BODY, "areas": [{"id": "a", "polygon": [[1, 1], [2, 2]]}]},
        {**BODY, "areas": [{"id": "a", "action": "permit", "polygon": [[1, 1], [2, 2], [3, 1]]}]},
        {**BODY, "areas": [{"id": "a", "action": "slow", "max_speed": 0.01, "polygon": [[1, 1], [2, 2], [3, 1]]}]},
    ],
)  # fmt: skip
def test_rubbish_never_reaches_the_program(desk: Desk, connect: Connect, bad: dict[str, Any]) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            for path in ("try", "save"):
                assert (await http.post(f"{ROOT}/{path}", json=bad)).json()["code"] == "request.invalid"
            for camera in ("..%2e", "C-9", "x" * 40, "%00"):
                answer = await http.post(f"/api/v1/camera-setup/{camera}/look")
                assert answer.status_code in (404, 422), camera
        assert desk.asked == []

    asyncio.run(run())


def test_what_the_program_may_not_say_is_no_answer(desk: Desk, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            for facts in ({}, {**LOOK, "size": "wide"}, {**LOOK, "points": [[1]]}):
                desk.answer = CameraAnswer(facts)
                assert (await http.post(f"{ROOT}/look")).json()["code"] == "message.invalid"
            desk.answer = AmrError("camera.bad_setup", camera="C09", where="points", reason="points_few")
            refused = await http.post(f"{ROOT}/save", json=BODY)
            assert (refused.status_code, refused.json()["facts"]["reason"]) == (422, "points_few")

    asyncio.run(run())


def test_who_asks_too_often_waits(desk: Desk, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            codes = [(await http.get(f"{ROOT}/picture.jpg")).status_code for _ in range(45)]
        assert codes[0] == 200
        assert 429 in codes
        assert len(desk.asked) < 45

    asyncio.run(run())


def test_the_link_between_the_processes_takes_a_whole_setup_and_no_more() -> None:
    desk = Desk()
    call = calls_of(lambda: None, cameras=desk)[f"{CAMERAS}.ask"]  # type: ignore[arg-type,return-value]
    remote = RemoteCameras(lambda name, *given, seconds: call(list(given)))
    assert remote.ask("C09", "try", "x" * LONGEST_SETUP, "hung").frame == JPEG
    for bad in (["C09", "try", "x" * (LONGEST_SETUP + 1), "hung"], ["C09", "try", 3, "hung"], ["C09"], None):
        with pytest.raises(AmrError, match=r"request\.invalid"):
            call(bad)


def response(**facts: Any) -> Any:
    good = {"accepted": True, "code": "", "facts": "", "result": "{}", "frame": b""}
    return SimpleNamespace(**{**good, **facts})


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"result": ""}, "message.invalid"),
        ({"result": "[]"}, "message.invalid"),
        ({"result": "[" * 100_000}, "message.invalid"),
        ({"result": '{"a": "' + "x" * 300_000 + '"}'}, "message.invalid"),
        ({"frame": b"GIF89a"}, "message.invalid"),
        ({"frame": JPEG + bytes(70_000)}, "message.invalid"),
        ({"accepted": False, "code": "camera.nothing_before", "facts": '{"camera": "C09"}'}, "camera.nothing_before"),
        ({"accepted": False, "code": "vendor.odd", "facts": "{}"}, "internal"),
        ({"accepted": False, "code": "camera.bad_setup", "facts": "rubbish"}, "message.invalid"),
    ],
)
def test_what_the_node_answers_is_checked(said: dict[str, Any], code: str) -> None:
    pytest.importorskip("rclpy")
    from amr_fleet.nodes.camera_setup import answer_of

    with pytest.raises(AmrError) as refused:
        answer_of(response(**said))
    assert refused.value.code == code
    assert answer_of(response(result='{"a": 1}', frame=JPEG)) == CameraAnswer({"a": 1}, JPEG)
