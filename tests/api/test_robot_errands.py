"""Errands of robots' computers over the API: for engineers, audited, and what came is shown as it was."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.api_process.calls import ROBOTS, calls_of
from amr_fleet.api_process.desks import RemoteRobots
from amr_fleet.ops import Ops
from amr_fleet.robot_desk import Errand
from tests.api.api_support import Connect
from tests.api.small_site import small_site

JPEG = b"\xff\xd8\xff\xe0 picture"
ROOT = "/api/v1/robots/amr_01"


class Desk:
    """A desk that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.error: AmrError | None = None
        self.kept = {"log": gzip.compress("một dòng\n".encode()), "picture": JPEG}

    def ask(self, robot: str, kind: str, user: str) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append((robot, kind, user))

    def errands(self, robot: str) -> list[Errand]:
        failed = Errand(kind="picture", state="failed", at=2.0, user="hung", code="robot.no_picture")
        return [failed, Errand(kind="log", state="done", at=1.0, user="hung", size=77)]

    def content(self, robot: str, kind: str) -> bytes:
        if kind not in self.kept:
            raise AmrError("request.not_found", path=kind)
        return self.kept[kind]


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    made = Desk()
    ops = Ops(site=small_site(4), read_journal=list, robot_desk=made)
    app.state.context = replace(app.state.context, ops=ops)
    return made


def test_an_engineer_asks_reads_and_is_in_the_audit_trail(desk: Desk, connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            for kind in ("log", "picture", "site_update", "site_back"):
                assert (await http.post(f"{ROOT}/errands/{kind}")).status_code == 200
            shown = (await http.get(f"{ROOT}/errands")).json()["errands"]
            assert [(one["kind"], one["code"], one["size"]) for one in shown] == [
                ("picture", "robot.no_picture", 0), ("log", None, 77),
            ]  # fmt: skip
            log = await http.get(f"{ROOT}/log.txt")
            assert (log.text, log.headers["content-type"]) == ("một dòng\n", "text/plain; charset=utf-8")
            assert "amr_01.log.txt" in log.headers["content-disposition"]
            picture = await http.get(f"{ROOT}/picture.jpg")
            assert (picture.content, picture.headers["cache-control"]) == (JPEG, "no-store")
            desk.kept = {"log": b"\x1f\x8b broken"}
            assert (await http.get(f"{ROOT}/log.txt")).json()["code"] == "message.invalid"
            assert (await http.get(f"{ROOT}/picture.jpg")).json()["code"] == "request.not_found"
            desk.error = AmrError("robot.errand_busy", robot="amr_01")
            refused = await http.post(f"{ROOT}/errands/log")
            assert (refused.status_code, refused.json()["code"]) == (409, "robot.errand_busy")

    asyncio.run(run())
    assert [(kind, user) for _, kind, user in desk.asked] == [
        (kind, "engineer") for kind in ("log", "picture", "site_update", "site_back")
    ]
    rows = [row for row in users.rows.read_audit(limit=20) if row.action == "ask_errand"]
    assert [row.result for row in rows].count("robot.errand_busy") == 1
    assert len(rows) == 5


def test_unknown_robots_kinds_and_a_fleet_that_passes_nothing_on(desk: Desk, app: FastAPI, connect: Connect) -> None:
    async def run() -> None:
        async with connect("engineer") as http:
            for path in ("errands/film", "errands/LOG"):
                assert (await http.post(f"{ROOT}/{path}")).json()["code"] == "request.invalid"
            for path in ("log.txt", "picture.jpg", "errands"):
                for name, code in (("a%22%0Db", "robot.not_found"), ("a%22%0Ab", "request.invalid")):
                    assert (await http.get(f"/api/v1/robots/{name}/{path}")).json()["code"] == code
            app.state.context = replace(app.state.context, ops=None)
            assert (await http.get(f"{ROOT}/errands")).json()["code"] == "robot.not_found"

    asyncio.run(run())
    assert desk.asked == []


def test_the_same_over_the_link_of_an_api_in_a_process_of_its_own(desk: Desk) -> None:
    calls = calls_of(lambda: None, robots=desk)  # type: ignore[arg-type,return-value]

    def call(name: str, *arguments: Any) -> object:
        return calls[name](list(arguments))

    remote = RemoteRobots(call)
    remote.ask("amr_01", "log", "hung")
    assert desk.asked == [("amr_01", "log", "hung")]
    assert [one.kind for one in remote.errands("amr_01")] == ["picture", "log"]
    assert remote.content("amr_01", "picture") == JPEG
    for wrong in ([], ["amr_01"], ["x" * 2000, "log", "hung"], [SimpleNamespace(), "log", "hung"]):
        with pytest.raises(AmrError, match=r"request\.invalid"):
            calls[f"{ROBOTS}.ask"](wrong)
