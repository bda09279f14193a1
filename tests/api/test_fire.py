"""The fire alarm over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.api.test_once import call, fleet_of


def test_it_is_raised_and_ended_by_a_person_once(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as (service, _users, app):
        (none,) = call(app, ("/fire-alarm/end", {}, {}))
        assert (none.status_code, none.json()["code"]) == (404, "fire.none")
        (raised,) = call(app, ("/fire-alarm", {"text": "smoke"}, {"Idempotency-Key": "f1"}))
        assert raised.status_code == 201
        assert (raised.json()["source"], raised.json()["user"], raised.json()["text"]) == (
            "person",
            "operator",
            "smoke",
        )
        (bad,) = call(app, ("/fire-alarm", {"text": 5}, {}))
        assert bad.status_code == 422
        assert service.snapshot().fire is not None
        (ended,) = call(app, ("/fire-alarm/end", {}, {}))
        assert ended.status_code == 200
        (again,) = call(app, ("/fire-alarm/end", {}, {}))
        assert again.json()["code"] == "fire.none"
