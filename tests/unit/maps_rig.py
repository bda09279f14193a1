"""A master control that brings robots their maps."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.robots import LIFT_AMR
from amr_interop.vda.maps import MapDesks, MapWish
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from tests.unit.vda_desk import Desk

EACH = pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
ACTIONS = ("downloadMap", "enableMap", "deleteMap")
WISH = MapWish("7", "https://maps.site/acme.zip", "ab12")


def desk(spelling: Spelling, wish: MapWish | None = WISH, actions: tuple[str, ...] = ACTIONS) -> Desk:
    made = Desk(spelling)
    made.master.maps = MapDesks(["site"], {"site": wish} if wish else {})
    sheet = factsheet(LIFT_AMR, spelling)
    rows = sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]
    keys = {"downloadMap": ("mapId", "mapVersion", "mapDownloadLink", "mapHash")}
    for name in actions:
        row = {**rows[-1], "actionType": name, "actionScopes": ["INSTANT"]}
        told = keys.get(name, ("mapId", "mapVersion"))
        row["actionParameters"] = [{"key": key, "valueDataType": "STRING"} for key in told]
        rows.append(row)
    made.receive("factsheet", sheet)
    return made


def has(*maps: tuple[str, str, bool]) -> dict[str, Any]:
    rows = [{"mapId": i, "mapVersion": v, "mapStatus": "ENABLED" if on else "DISABLED"} for i, v, on in maps]
    return {"maps": rows}


def asked(d: Desk, since: int = 0) -> list[tuple[str, dict[str, str]]]:
    """Return the actions about maps that were sent, without those that were sent again."""
    bodies = [m.message for m in d.sent[since:] if m.topic.endswith("/instantActions")]
    found = {a["actionId"]: a for body in bodies for a in body["actions"] if a["actionType"] in ACTIONS}
    return [(a["actionType"], {p["key"]: p["value"] for p in a.get("actionParameters", [])}) for a in found.values()]


def answer(d: Desk, status: str, **changes: Any) -> None:
    """The robot shows the newest action about maps with a status."""
    bodies = [m.message for m in d.sent if m.topic.endswith("/instantActions")]
    row = next(a for body in reversed(bodies) for a in body["actions"] if a["actionType"] in ACTIONS)
    state = {"actionId": row["actionId"], "actionType": row["actionType"], "actionStatus": status}
    key = "actionStates" if d.spelling.major == 2 else "instantActionStates"
    answered: dict[str, Any] = {key: [state], **changes}
    d.say(**answered)


def missing(d: Desk) -> list[tuple[str, str]]:
    assert d.told is not None
    return [(e.code, e.level) for e in d.told.errors if e.code == "vda.map_missing"]


def mixed(d: Desk, since: int) -> list[str]:
    """Return what was sent in its order: orders, and actions about maps each once."""
    found: dict[str, str] = {}
    for m in d.sent[since:]:
        if m.topic.endswith("/order"):
            found[f"order {m.message['orderId']}"] = "order"
        for action in m.message.get("actions", []) if m.topic.endswith("/instantActions") else []:
            if action["actionType"] in ACTIONS:
                found.setdefault(action["actionId"], action["actionType"])
    return list(found.values())
