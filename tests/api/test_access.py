"""Every route with every role, and an audit row for every call that may change something. A new route fails here until
it has a line in ACCESS."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from amr_core.errors import ERRORS
from amr_fleet.api.trail import QUESTIONS
from amr_fleet.api.users import ROLES, UserStore
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet

V1 = "/api/v1"
ORDER = {"pick_place": "DOCK-01", "drop_place": "BLK-02"}
# Method and path -> the lowest role ("" = without log-in) and a body.
ACCESS: dict[tuple[str, str], tuple[str, Any]] = {
    ("POST", "/login"): ("", {"user": "nobody", "password": "x"}),
    ("POST", "/login/pin"): ("", {"user": "nobody", "pin": "x"}),
    ("GET", "/device"): ("", None),
    ("GET", "/metrics"): ("viewer", None),
    ("GET", "/health"): ("", None),
    ("GET", "/ready"): ("", None),
    ("POST", "/logout"): ("worker", None),
    ("GET", "/oidc"): ("", None),
    ("POST", "/oidc/start"): ("", None),
    ("GET", "/oidc/link"): ("worker", None),
    ("POST", "/oidc/link"): ("worker", {"password": "x"}),
    ("DELETE", "/oidc/link"): ("worker", None),
    ("GET", "/oidc/callback"): ("", None),
    ("POST", "/oidc/code"): ("", {"code": "123456"}),
    ("POST", "/oidc/backchannel-logout"): ("", None),
    ("GET", "/me"): ("worker", None),
    ("POST", "/me/password"): ("worker", {"old": "x", "new": "y"}),
    ("GET", "/me/second-factor"): ("worker", None),
    ("POST", "/me/second-factor/begin"): ("worker", {"password": "x"}),
    ("POST", "/me/second-factor"): ("worker", {"code": "000000"}),
    ("POST", "/me/second-factor/codes"): ("worker", {"password": "x", "code": "000000"}),
    ("POST", "/me/second-factor/off"): ("worker", {"password": "x", "code": "000000"}),
    ("GET", "/second-factor/roles"): ("admin", None),
    ("PUT", "/second-factor/roles"): ("admin", {"roles": []}),
    ("DELETE", "/users/{name}/second-factor"): ("admin", None),
    ("GET", "/site"): ("viewer", None),
    ("GET", "/orders"): ("viewer", None),
    ("GET", "/orders/{order_id}"): ("viewer", None),
    ("POST", "/orders"): ("operator", ORDER),
    ("POST", "/orders/import"): ("operator", {"rows": [ORDER]}),
    ("POST", "/orders/{order_id}/cancel"): ("operator", None),
    ("POST", "/orders/{order_id}/change"): ("operator", {"priority": 3}),
    ("POST", "/orders/{order_id}/hold"): ("operator", None),
    ("POST", "/orders/{order_id}/release"): ("operator", None),
    ("POST", "/orders/{order_id}/reassign"): ("operator", {"robot": ""}),
    ("GET", "/book"): ("viewer", None),
    ("PUT", "/cutoffs/{name}"): ("operator", {"kind": "truck", "in_s": 60.0}),
    ("DELETE", "/cutoffs/{name}"): ("operator", None),
    ("GET", "/robots/{name}/cameras"): ("viewer", None),
    ("GET", "/robots/{name}/health"): ("viewer", None),
    ("GET", "/robots/{name}/wear"): ("viewer", None),
    ("POST", "/robots/{name}/service"): ("engineer", {"text": "x"}),
    ("GET", "/work-orders"): ("viewer", None),
    ("POST", "/robots/{name}/work-orders"): ("operator", {"text": "x"}),
    ("POST", "/work-orders/{work_id}/change"): ("engineer", {"owner": "x"}),
    ("POST", "/work-orders/{work_id}/close"): ("engineer", {"outcome": "done", "note": "x"}),
    ("GET", "/visits"): ("viewer", None),
    ("GET", "/visits/{visit}"): ("viewer", None),
    ("PUT", "/visits/{name}"): ("operator", {"kind": "barge", "closes_in_s": 60.0}),
    ("POST", "/visits/import"): ("operator", {"rows": [{"name": "SL-1", "kind": "barge", "closes_in_s": 60.0}]}),
    ("POST", "/visits/{visit_id}/depart"): ("operator", None),
    ("POST", "/visits/{visit_id}/reopen"): ("operator", None),
    ("PUT", "/templates/{name}"): ("operator", ORDER),
    ("DELETE", "/templates/{name}"): ("operator", None),
    ("PUT", "/schedules/{name}"): ("operator", {"order": ORDER, "every_s": 3600.0}),
    ("DELETE", "/schedules/{name}"): ("operator", None),
    ("GET", "/cargo"): ("viewer", None),
    ("GET", "/cargo/{load_id}"): ("viewer", None),
    ("POST", "/cargo/{load_id}/hold"): ("operator", None),
    ("POST", "/cargo/{load_id}/release"): ("operator", None),
    ("GET", "/robots"): ("viewer", None),
    ("POST", "/robots/pause"): ("operator", None),
    ("POST", "/robots/resume"): ("operator", None),
    ("POST", "/robots/{name}/pause"): ("operator", None),
    ("POST", "/robots/{name}/resume"): ("operator", None),
    ("POST", "/robots/{name}/send"): ("operator", {"to": "park"}),
    ("POST", "/robots/{name}/deliver"): ("operator", {"place": "BLK-01"}),
    ("POST", "/robots/{name}/release"): ("operator", {"person": "An"}),
    ("POST", "/robots/{name}/integration"): ("engineer", {"level": "respected"}),
    ("GET", "/robots/{name}/errands"): ("engineer", None),
    ("POST", "/robots/{name}/errands/{kind}"): ("engineer", None),
    ("GET", "/robots/{name}/log.txt"): ("engineer", None),
    ("GET", "/robots/{name}/picture.jpg"): ("engineer", None),
    ("POST", "/robots/{name}/relocalise"): ("engineer", {"x": 1.0, "y": 1.0, "theta": 0.0}),
    ("POST", "/alarms/{alarm_id}/ack"): ("operator", None),
    ("POST", "/fire-alarm"): ("operator", None),
    ("GET", "/escalation"): ("operator", None),
    ("POST", "/escalation/test"): ("engineer", {"channel": "mail", "person": "lan"}),
    ("GET", "/escalation/push"): ("operator", None),
    ("POST", "/escalation/push"): ("operator", {"label": "x", "endpoint": "x", "p256dh": "x", "auth": "x"}),
    ("DELETE", "/escalation/push/{device}"): ("operator", None),
    ("POST", "/escalation/push/{device}/test"): ("operator", None),
    ("GET", "/syslog"): ("engineer", None),
    ("POST", "/syslog/{receiver}/test"): ("engineer", None),
    ("GET", "/webhooks"): ("engineer", None),
    ("POST", "/webhooks/{target}/resend"): ("engineer", None),
    ("POST", "/webhooks/{target}/drop"): ("engineer", {"row": 1}),
    ("POST", "/fire-alarm/end"): ("operator", None),
    ("POST", "/fire-alarm/contacts-off"): ("engineer", None),
    ("GET", "/flights"): ("viewer", None),
    ("POST", "/flights"): ("operator", {"task": "inventory_flight", "places": ["B1"]}),
    ("POST", "/flights/{flight_id}/start"): (
        "operator",
        {
            "pilot": "An",
            "licence": "instrument",
            "wind": 1.0,
            "rain": False,
            "cleared": True,
            "light": 300.0,
            "present": True,
        },
    ),
    ("POST", "/flights/{flight_id}/abort"): ("operator", None),
    ("POST", "/flights/{flight_id}/recover"): ("engineer", None),
    ("POST", "/flights/{flight_id}/differences/{number}/check"): ("operator", None),
    ("GET", "/flights/{flight_id}/count.pdf"): ("viewer", None),
    ("POST", "/flight-permit"): (
        "engineer",
        {"number": "1", "issuer": "CTC", "registration": "VN-1", "hours": 1.0, "ceiling": 9.0},
    ),
    ("POST", "/cargo/stock"): ("operator", {"rows": [{"load_id": "389345670000000018", "place": "B1"}]}),
    ("GET", "/shifts"): ("viewer", None),
    ("GET", "/interventions"): ("viewer", None),
    ("GET", "/notes"): ("viewer", None),
    ("GET", "/trends"): ("viewer", None),
    ("POST", "/notes"): ("operator", {"text": "x"}),
    ("GET", "/periodic"): ("viewer", None),
    ("GET", "/periodic/{period}"): ("viewer", None),
    ("GET", "/periodic/{period}/file"): ("viewer", None),
    ("PUT", "/periodic/{period}/texts"): ("operator", {"field": "results", "text": "x"}),
    ("PUT", "/periodic/{period}/plan"): ("engineer", {"kpi": "done", "target": 1.0}),
    ("POST", "/periodic/{period}/remarks"): ("operator", {"text": "x"}),
    ("POST", "/periodic/{period}/submit"): ("operator", {}),
    ("POST", "/periodic/{period}/return"): ("engineer", {"text": "x"}),
    ("POST", "/periodic/{period}/sign"): ("engineer", {}),
    ("POST", "/periodic/{period}/reopen"): ("engineer", {"text": "x"}),
    ("POST", "/periodic/{period}/file"): ("engineer", None),
    ("GET", "/obstacles"): ("viewer", None),
    ("POST", "/obstacles"): ("operator", {"opened": "2027-01-01", "kind": "legal", "text": "x"}),
    ("PUT", "/obstacles/{obstacle_id}"): ("operator", {"opened": "2027-01-01", "kind": "legal", "text": "x"}),
    ("POST", "/obstacles/{obstacle_id}/answers"): ("operator", {"document": "1", "date": "2027-01-01"}),
    ("GET", "/report"): ("viewer", None),
    ("GET", "/report.pdf"): ("viewer", None),
    ("GET", "/report.xlsx"): ("viewer", None),
    ("GET", "/cameras"): ("viewer", None),
    ("GET", "/cameras/{camera_id}"): ("viewer", None),
    ("GET", "/cameras/{camera_id}/history"): ("viewer", None),
    ("GET", "/cameras/{camera_id}/frame.jpg"): ("operator", None),
    ("POST", "/camera-setup/{camera}/look"): ("engineer", None),
    ("GET", "/camera-setup/{camera}/picture.jpg"): ("engineer", None),
    ("POST", "/camera-setup/{camera}/try"): ("engineer", {"size": [640, 480]}),
    ("GET", "/camera-setup/{camera}/trial"): ("engineer", None),
    ("POST", "/camera-setup/{camera}/save"): ("engineer", {"size": [640, 480]}),
    ("POST", "/camera-setup/{camera}/undo"): ("engineer", None),
    ("GET", "/layout"): ("engineer", None),
    ("PUT", "/layout"): ("engineer", {"revision": ""}),
    ("DELETE", "/layout"): ("engineer", None),
    ("POST", "/layout/check"): ("engineer", {}),
    ("POST", "/layout/try"): ("engineer", {}),
    ("GET", "/layout/site.yaml"): ("engineer", None),
    ("GET", "/zones"): ("viewer", None),
    ("POST", "/zones"): ("operator", {"kind": "closed", "polygon": [[1, 1], [2, 1], [2, 2]], "text": "x"}),
    ("POST", "/zones/{zone_id}/clear"): ("operator", None),
    ("GET", "/replay/span"): ("viewer", None),
    ("GET", "/replay/tracks"): ("viewer", None),
    ("GET", "/replay/events"): ("viewer", None),
    ("GET", "/replay/at"): ("viewer", None),
    ("GET", "/replay/marks"): ("viewer", None),
    ("GET", "/replay/plans/{plan}"): ("viewer", None),
    ("POST", "/replay/comments"): ("operator", {"t": 1.0, "text": "x"}),
    ("GET", "/replay/incident.zip"): ("operator", None),
    ("POST", "/what-if"): ("operator", {}),
    ("POST", "/assistant/ask"): ("viewer", {"text": "Robot nào rảnh?"}),
    ("POST", "/assistant/choose"): ("viewer", {"id": 999999, "choice": "x"}),
    ("POST", "/assistant/confirm"): ("operator", {"proposal_id": "x"}),
    ("GET", "/assistant/effects/{proposal_id}"): ("operator", None),
    ("GET", "/assistant/proposals"): ("operator", None),
    ("GET", "/assistant/history"): ("viewer", None),
    ("GET", "/assistant/suggestions"): ("viewer", None),
    ("POST", "/assistant/wrong"): ("viewer", {"id": 999999}),
    ("GET", "/sandbox"): ("viewer", None),
    ("GET", "/sandbox/{trial_id}"): ("viewer", None),
    ("POST", "/sandbox"): ("engineer", {"record": {}}),
    ("POST", "/sandbox/check"): ("engineer", {"record": {}}),
    ("POST", "/sandbox/simulate"): ("authority", {"areas": [[[0, 0], [5, 0], [5, 5]]]}),
    ("POST", "/sandbox/{trial_id}/move"): ("authority", {"to": "suspended"}),
    ("POST", "/sandbox/{trial_id}/notes"): ("authority", {"kind": "watched"}),
    ("GET", "/work/places"): ("worker", None),
    ("GET", "/work/{place}/tasks"): ("worker", None),
    ("POST", "/work/words"): (
        "worker",
        {"order_id": "T00001", "said": "ready", "place": "DOCK-01", "at": 0.0},
    ),
    ("POST", "/work/calls"): ("worker", {"place": "DOCK-01", "to_place": "BLK-01"}),
    ("POST", "/work/photos"): ("worker", {"image": "AAAA"}),
    ("GET", "/photos/{photo}"): ("operator", None),
    ("DELETE", "/photos/{photo}"): ("engineer", None),
    ("GET", "/audit"): ("engineer", None),
    ("GET", "/users"): ("admin", None),
    ("POST", "/users"): ("admin", {"name": "minh", "role": "viewer"}),
    ("POST", "/users/{name}/password"): ("admin", None),
    ("POST", "/users/{name}/role"): ("admin", {"role": "viewer"}),
    ("POST", "/users/{name}/pin"): ("admin", {"pin": ""}),
    ("POST", "/users/{name}/token"): ("admin", None),
    ("DELETE", "/users/{name}"): ("admin", None),
    ("POST", "/devices"): ("admin", {"name": "Bàn trực"}),
    ("GET", "/enrolments"): ("engineer", None),
    ("POST", "/enrolments/{robot}"): ("admin", None),
    ("POST", "/enrolments/{robot}/revoke"): ("admin", None),
    ("POST", "/enrol"): ("", {"number": "ABCD", "request": "x", "proof": "0" * 64}),
    ("POST", "/enrol/renew"): ("", {"certificate": "x", "request": "x", "signature": ""}),
    ("POST", "/enrol/site"): ("", {"certificate": "x", "question": "0" * 32, "signature": ""}),
    ("GET", "/sessions"): ("admin", None),
    ("DELETE", "/sessions/{session_id}"): ("admin", None),
}
_PARTS = {
    "plan": "0123456789abcdef",
    "robot": "amr_01",
    "period": "2027-01",
    "obstacle_id": "VM-001",
    "camera_id": "CAM-1",
    "camera": "C09",
    "alarm_id": "A1",
    "zone_id": "Z1",
    "proposal_id": "x",
    "order_id": "T00001",
    "load_id": "PAL-1",
    "session_id": "none",
    "trial_id": "TN-1",
    "target": "wms",
    "receiver": "port",
    "device": "0" * 32,
    "flight_id": "F000001",
    "number": "0",
    "place": "DOCK-01",
    "photo": "x",
    "visit": "x",
    "visit_id": "x",
    "work_id": "x",
    "kind": "log",
}


def may(role: str, method: str, path: str) -> bool:
    """Return whether a role may call a route. Who only looks on says nothing of loads."""
    least, _ = ACCESS[method, path]
    looks_on = path.startswith("/work/") and role in ("viewer", "authority")
    return not least or (bool(role) and ROLES.index(role) >= ROLES.index(least) and not looks_on)


def _path(template: str) -> str:
    user = "nobody" if template.startswith("/users") else "amr_01" if template.startswith("/robots") else "x"
    if template == "/metrics":
        return template
    return V1 + template.format_map({**_PARTS, "name": user})


def test_the_table_names_every_route(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert known == {(method, V1 + path if path != "/metrics" else path) for method, path in ACCESS}


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_route_with_every_role(connect: Connect, fleet: FakeFleet, users: UserStore, role: str) -> None:
    fleet.seed([("DOCK-01", "BLK-01", "TO_PICK", "amr_01", 0.0)])

    async def run() -> None:
        async with connect(role) as http:
            # Logging out last: the session is needed until then.
            for (method, path), (least, body) in sorted(ACCESS.items(), key=lambda item: item[0][1] == "/logout"):
                before = len(users.rows.read_audit(limit=1000))
                answer = await http.request(method, _path(path), json=body)
                code = answer.json()["code"] if answer.status_code >= 400 else ""
                allowed = may(role, method, path)
                if not role and least:
                    assert (answer.status_code, code) == (401, "auth.required"), path
                elif not allowed:
                    assert (answer.status_code, code) == (403, "auth.forbidden"), path
                else:
                    assert code not in ("auth.required", "auth.forbidden", "internal"), (path, answer.text)
                    assert answer.status_code < 500, (path, answer.text)
                if method != "GET" and V1 + path not in QUESTIONS:
                    rows = users.rows.read_audit(limit=1000)
                    assert len(rows) - before == 1, path
                    assert rows[0].result == (code or "ok"), path

    asyncio.run(run())


def test_every_refusal_code_is_known() -> None:
    assert {"auth.required", "auth.forbidden", "auth.change_password"} <= set(ERRORS)


def test_a_session_that_was_ended_or_changed_is_known_at_once(connect: Connect, users: UserStore) -> None:
    async def run() -> None:
        async with connect("operator") as http:
            assert (await http.get(f"{V1}/me")).json()["role"] == "operator"
            users.set_role("operator", "viewer")
            assert (await http.get(f"{V1}/me")).json()["role"] == "viewer"
            users.rows.end_sessions("operator")
            assert (await http.get(f"{V1}/me")).status_code == 401

    asyncio.run(run())
