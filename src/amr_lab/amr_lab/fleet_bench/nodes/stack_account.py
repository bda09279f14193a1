"""What came of the kills of `amr bench kills --ros`: times and poses by kind of process, orders, whether it passed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.table import Table

from amr_lab.fleet_bench.kills import GOALS, account
from amr_lab.fleet_bench.nodes.stack_signs import HELD_WITHIN_S, SignsNode
from amr_lab.fleet_bench.nodes.truth_judge import WRONG, TruthJudge
from amr_lab.fleet_bench.victims import EVERYTHING, kind_of

SOON_S: Final = 60.0  # the bar of the bench: longer, and a person has gone to the robot
UNSURE_S: Final = 3.0
"""So long a robot may drive that does not say that it knows where it is: it brakes, and its last word is as old."""
_COLUMNS: Final = {
    "kills": "kills", "within_60_s": "again within 60 s", "p50_s": "median s", "p95_s": "p95 s", "max_s": "longest s",
    "wrong_poses": "poses wrong", "stood_with_alarm": "stood with an alarm", "stood_without_alarm": "without",
}  # fmt: skip


@dataclass
class KillOfOne:
    """What came of one kill: s until all worked again, None: not within the patience; who was left standing, how.

    told, untold: with or without an alarm. unseen: the simulator was not back, whose clock alarms go by.
    by_hand: who of the told worked again when a person had said where it stands. wrong: who said a wrong pose from this
    kill to the next one. moving: a robot drove at that moment.
    """

    victim: str
    again: float | None = None
    told: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    moving: bool = False

    def left(self, judge: TruthJudge, robots: Iterable[str], alarmed: set[str]) -> None:
        """Take in the robots that did not work again in time."""
        for robot in robots:
            if not judge.robots[robot].known:
                self.unseen.append(robot)
            elif robot in alarmed and judge.stands(robot):
                self.told.append(robot)
            else:
                self.untold.append(robot)

    @property
    def good(self) -> bool:
        """Whether all worked again soon."""
        return self.again is not None and self.again <= SOON_S


def figures(
    kills: Sequence[KillOfOne],
    judge: Any,
    journal: list[Any],
    signs: SignsNode | Any,
    delivered: int,
    every: float = 0.0,
) -> dict[str, Any]:
    """Return the account: times by kind of process, poses by ground truth, orders by customer, journal and floor.

    delivered: loads that were put down before the kills were over; every: s from kill to kill, 0 = once all works.
    """
    ids = {e.order_id for e in journal if e.kind == "order_created"}
    by_kind = defaultdict[str, list[KillOfOne]](list)
    for one in kills:
        by_kind[one.victim if one.victim == EVERYTHING else kind_of(one.victim)].append(one)
    return {
        "kills": len(kills), "while_a_robot_drove": sum(one.moving for one in kills), "every_s": every,
        "again_within_60_s": sum(one.good for one in kills),
        "by_process": {kind: _row(by_kind[kind]) for kind in sorted(by_kind)},
        "stand_with_alarm": sum(len(one.told) for one in kills),
        "of_these_put_right_by_hand": sum(len(one.by_hand) for one in kills),
        "stand_without_alarm": sum(len(one.untold) for one in kills),
        "unseen_without_simulator": sum(len(one.unseen) for one in kills),
        "worst_m_off_while_driving": round(max(s.worst_driving for s in judge.robots.values()), 3),
        "worst_m_off_while_localized": round(max(s.worst_said for s in judge.robots.values()), 3),
        "words_too_old_to_weigh": sum(s.unweighed for s in judge.robots.values()),
        "worst_s_driving_unsure": round(max(s.worst_unsure for s in judge.robots.values()), 1),
        "worst_s_nobody_looked_and_nothing_held": round(signs.worst_blind, 1),
        "collisions": judge.collisions, "delivered_between_kills": delivered,
        **account(judge.ledger, journal, judge, set(judge.ledger.made.values()) - ids),
    }  # fmt: skip


def _row(ours: Sequence[KillOfOne]) -> dict[str, Any]:
    times = sorted(one.again for one in ours if one.again is not None)
    return {
        "kills": len(ours), "within_60_s": sum(one.good for one in ours),
        "p50_s": _rank(times, 0.5), "p95_s": _rank(times, 0.95), "max_s": _rank(times, 1.0),
        "wrong_poses": sum(len(one.wrong) for one in ours),
        "stood_with_alarm": sum(len(one.told) for one in ours),
        "stood_without_alarm": sum(len(one.untold) for one in ours),
    }  # fmt: skip


def _rank(times: Sequence[float], share: float) -> float | None:
    """Return the time (s) within which this share was over, None where nothing was; times: sorted."""
    return round(times[max(0, math.ceil(share * len(times)) - 1)], 1) if times else None


def passed(found: dict[str, Any]) -> bool:
    """Whether 99 of 100 kills were over within 60 s, nobody was sure of a wrong pose or hid, no order was lost.

    Nor may a word have come too late to be held against the truth, nor anybody be let into a crossing that no camera
    sees; kills at a fixed pace must leave time to deliver.
    """
    enough = bool(found["again_within_60_s"] >= 0.99 * found["kills"] > 0)
    wrong = max(found["worst_m_off_while_driving"], found["worst_m_off_while_localized"])  # who stands, too
    safe = bool(wrong <= WRONG) and found["worst_s_driving_unsure"] <= UNSURE_S and found["collisions"] == 0
    guarded = bool(found["worst_s_nobody_looked_and_nothing_held"] <= HELD_WITHIN_S)
    weighed = found["words_too_old_to_weigh"] == 0
    clean = all(found[name] == 0 for name in GOALS) and not found["refused"] and found["orders_done"] > 0
    helped = found["of_these_put_right_by_hand"] == found["stand_with_alarm"]
    goes_on = not found["every_s"] or found["delivered_between_kills"] > 0
    return (
        enough and safe and weighed and guarded and clean and helped and goes_on and found["stand_without_alarm"] == 0
    )


def tables(found: dict[str, Any]) -> tuple[Table, Table]:
    """Return the figures by kind of process, and the others."""
    table = Table("killed", *_COLUMNS.values(), title="kill -9 over ROS")
    for victim, row in found["by_process"].items():
        table.add_row(victim, *(str(row[name]) for name in _COLUMNS))
    whole = Table("figure", "value")
    for name, value in found.items():
        if name != "by_process":
            whole.add_row(name, str(value))
    return table, whole
