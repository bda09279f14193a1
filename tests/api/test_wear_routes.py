"""What robots have worked and their services over HTTP."""

from __future__ import annotations

import asyncio

from amr_fleet.api.users import UserStore
from amr_fleet.requests import NoteService
from amr_fleet.wear_views import ServiceNote, WearView, Work
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet

V1 = "/api/v1"


def test_a_robots_work_is_told_and_a_service_noted(connect: Connect, fleet: FakeFleet, users: UserStore) -> None:
    before = ServiceNote(t=9.0, user="minh", text="Thay pin", work=Work(metres=40.0, lifts=1, hours=0.5))
    fleet.wear = (WearView(robot="amr_02", work=Work(metres=100.25, lifts=3, hours=1.5), services=(before,)),)

    async def run() -> None:
        async with connect("engineer") as http:
            found = (await http.get(f"{V1}/robots/amr_02/wear")).json()
            assert found["work"] == {"metres": 100.2, "lifts": 3, "hours": 1.5}
            assert found["since_service"] == {"metres": 60.2, "lifts": 2, "hours": 1.0}
            assert [note["text"] for note in found["services"]] == ["Thay pin"]
            assert (await http.get(f"{V1}/robots/amr_03/wear")).json()["work"]["lifts"] == 0
            assert (await http.get(f"{V1}/robots/nobody/wear")).json()["code"] == "robot.not_found"
            noted = await http.post(f"{V1}/robots/amr_02/service", json={"text": "Lau lidar"})
            assert noted.status_code == 200
            for rubbish in ({}, {"text": ""}, {"text": "x" * 1001}, {"text": 5}, {"text": "x", "more": 1}):
                answer = await http.post(f"{V1}/robots/amr_02/service", json=rubbish)
                assert answer.json()["code"] == "request.invalid"

    asyncio.run(run())
    assert fleet.asked[-1] == NoteService(robot="amr_02", text="Lau lidar", user="engineer")
