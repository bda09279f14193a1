"""The layout editor's movers and demand: what changes in the text, what is wrong with them, what a dry run tries."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from amr_core.site import maps_dir
from amr_fleet.layout import judge as judging
from amr_fleet.layout.dry_run import dry_run

Parts = dict[str, Any]


def _text(site: str = "lab") -> str:
    return (maps_dir() / site / "site.yaml").read_text(encoding="utf-8")


def _parts(site: str = "lab") -> Parts:
    return copy.deepcopy(judging.parts_of(judging.running_site(_text(site))))


@pytest.mark.parametrize("site", ["lab", "cai_cui", "cold_room", "two_floor"])
def test_what_nobody_changed_is_no_change_and_stays_to_the_letter(site: str) -> None:
    judged = judging.judge(_text(site), _parts(site))
    assert (judged.changes, judged.text, judged.comments_kept) == ([], _text(site), True)


def test_a_mover_is_added_and_changed_in_its_line() -> None:
    parts = _parts()
    parts["movers"][0]["speed"] = 1.2
    loop = [[7.0, 6.4], [13.0, 6.4], [13.0, 5.6], [7.0, 5.6]]
    parts["movers"].append(
        {"id": "forklift_1", "kind": "forklift", "route": loop, "speed": 1.6, "yields": True, "pause": 8.0}
    )
    judged = judging.judge(_text(), parts)
    assert [(c.change, c.section, c.id, list(c.fields)) for c in judged.changes] == [
        ("added", "movers", "forklift_1", []), ("changed", "movers", "person_01", ["speed"])
    ]  # fmt: skip
    route = "[[7, 6.4], [13, 6.4], [13, 5.6], [7, 5.6]]"
    assert f"+  - {{id: forklift_1, kind: forklift, route: {route}, speed: 1.6, pause: 8}}" in judged.diff
    assert judged.comments_kept
    assert "wet_d1" in judged.text
    judged = judging.judge(_text(), {**parts, "movers": []})
    assert [(c.change, c.id) for c in judged.changes] == [("removed", "person_01")]
    assert judged.site is not None
    assert judged.site.movers == []


def test_the_demand_is_changed_row_by_row_and_comments_stay() -> None:
    text = _text("cai_cui").replace("  base_per_hour: 60\n", "  base_per_hour: 60  # counted in 2025\n").replace(
        "    - {pick: dock, drop: block, share: 0.3}\n", "    # boats\n    - {pick: dock, drop: block, share: 0.3}\n"
    )  # fmt: skip
    parts = copy.deepcopy(judging.parts_of(judging.running_site(text)))
    demand = parts["demand"]
    demand["peak_per_hour"] = 120.0
    demand["mix"][0]["share"] = 0.25
    gone = demand["mix"].pop(3)
    demand["mix"].append({"pick": "crossdock", "drop": "rack", "share": 0.05})
    judged = judging.judge(text, parts)
    assert [(c.change, c.section, c.id, list(c.fields)) for c in judged.changes] == [
        ("changed", "demand", "", ["peak_per_hour", "mix"])
    ]
    assert (judged.errors, judged.comments_kept) == (0, True)
    wanted = text.replace("peak_per_hour: 90", "peak_per_hour: 120").replace(
        "block, share: 0.3}", "block, share: 0.25}"
    )
    wanted = wanted.replace(f"    - {{pick: {gone['pick']}, drop: {gone['drop']}, share: {gone['share']}}}\n", "")
    added = "    - {pick: crossdock, drop: rack, share: 0.05}\n"
    assert judged.text.replace(added, "") == wanted
    assert judged.text.count(added) == 1


def test_the_same_way_twice_and_a_demand_on_one_line_are_written_too() -> None:
    parts = _parts()
    parts["demand"]["mix"].append(dict(parts["demand"]["mix"][0]))
    judged = judging.judge(_text(), parts)
    assert judged.site is not None
    assert (judged.comments_kept, len(judged.site.demand.mix)) == (True, 5)
    before = _text().split("demand:\n")
    brief = (
        f"{before[0]}demand: {{base_per_hour: 12, peak_per_hour: 20, mix: [{{pick: dock, drop: block, share: 1}}]}}\n"
    )
    parts["demand"] = {
        "base_per_hour": 9.0,
        "peak_per_hour": 20.0,
        "mix": [{"pick": "block", "drop": "dock", "share": 1.0}],
    }
    judged = judging.judge(brief, parts)
    assert judged.comments_kept
    assert judged.text.endswith(
        "demand: {base_per_hour: 9, peak_per_hour: 20, mix: [{pick: block, drop: dock, share: 1}]}\n"
    )


def _demand(**values: Any) -> Any:
    return lambda p: p["demand"].update(values)


def _mover(**values: Any) -> Any:
    return lambda p: p["movers"][0].update(values)


@pytest.mark.parametrize(
    ("change", "code", "section", "name"),
    [
        (_mover(route=[[9.4, 9.4]]), "site.schema", "movers", "person_01"),
        (_mover(speed=9.0), "site.schema", "movers", "person_01"),
        (_mover(route=[[9.4, 9.4], [40.0, 9.4]]), "site.outside", "movers", "person_01"),
        (_mover(route=[[1.0, 1.0], [18.0, 11.0]]), "site.mover_blocked", "movers", "person_01"),
        (lambda p: p["movers"].append(p["movers"][0]), "site.duplicate_id", "movers", "person_01"),
        (_demand(peak_per_hour=0.0), "site.schema", "demand", ""),
        (_demand(mix=[]), "site.schema", "demand", ""),
        (lambda p: p["demand"]["mix"][1].update(share=-1.0), "site.schema", "demand", "block dock"),
        (
            _demand(mix=[{"pick": "gate", "drop": "dock", "share": 1.0}]),
            "site.demand_without_place", "demand", "gate dock",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_mover_or_the_flow(change: Any, code: str, section: str, name: str) -> None:
    parts = _parts()
    change(parts)
    judged = judging.judge(_text(), parts)
    found = [f for f in judged.findings if (f.code, f.section, f.id) == (code, section, name)]
    assert found, judged.findings
    assert all(f.line > 0 for f in found if judged.text)


def test_a_dry_run_asks_both_sites_for_what_the_draft_wants() -> None:
    parts = _parts()
    parts["demand"]["peak_per_hour"] = 60.0
    parts["demand"]["mix"] = parts["demand"]["mix"][1:2]
    tried = dry_run(_text(), parts, horizon=180.0, patience=500.0)
    assert (tried.orders_per_hour, tried.same_mix) == (60.0, True)
    # Nothing but the demand differs: with the same orders both do the same.
    assert tried.before == tried.after
    assert tried.after.orders > 1
    # A place of a kind that the running site has not: its own mix is what can be asked of it.
    station = parts["places"][0]["stations"].pop()
    parts["places"].append({"id": "G1", "kind": "gate", "name_vi": "Cổng", "name_en": "Gate", "stations": [station]})
    parts["demand"]["mix"] = [{"pick": "gate", "drop": "block", "share": 1.0}]
    assert dry_run(_text(), parts, horizon=30.0, patience=500.0).same_mix is False
