"""What the site lint can find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amr_core.errors import Fact
from amr_core.roadmap.doorways import CONVEYOR_WHYS

Severity = Literal["error", "warning"]

SENTENCES: Mapping[str, tuple[Severity, str]] = {
    "site.duplicate_id": ("error", "{what} {id} is defined {count} times"),
    "site.unknown_lane": ("error", "Station {station} names lane {lane}, which does not exist"),
    "site.unknown_robot_type": ("error", "Robot {robot} has the unknown type {type}"),
    "site.load_type": ("error", "Load type {load_type} names the unknown robot type {type}"),
    "site.fleet_parking": ("error", "Robot {robot} starts at {parking}, {reason}"),
    "site.duplicate_marker": ("error", "Marker {marker} is used by {stations}"),
    "site.no_marker": ("error", "Station {station} has no marker to dock at"),
    "site.too_few_parking": ("error", "{parking} parking places are too few for {robots} robots"),
    "site.demand_without_place": ("error", "Orders from {pick} to {drop} need a place of kind {kind}"),
    "site.outside": ("error", "{what} {id} lies outside the building"),
    "site.lane_through_wall": ("error", "Lane {lane} runs through {obstacle}"),
    "site.lane_narrow": ("error", "Lane {lane} is too narrow beside {obstacle} for a robot {width} m wide"),
    "site.lane_tight": ("warning", "Lane {lane} passes {obstacle} with less than {margin} m of clearance"),
    "site.lane_in_keepout": ("error", "Lane {lane} runs through the keepout zone {zone}"),
    "site.turn_blocked": ("error", "A robot cannot turn at {node}: {obstacle} is within {radius} m"),
    "site.head_on": ("warning", "Lane {lane} is two-way: robots can meet head-on"),
    "site.no_root": ("error", "Station {station} has no straight way back to lane {lane}"),
    "site.root_offset": ("warning", "The spur of {station} meets its lane {offset} m beside node {node}"),
    "site.spur_blocked": ("error", "The way from the lane to {station} is blocked by {obstacle}"),
    "site.station_overlap": ("error", "A robot at {station} would overlap a robot at {other}"),
    "site.station_on_lane": ("error", "A robot at {station} stands in the way of lane {lane}"),
    "site.dead_end": ("error", "Lane {lane} is a dead end or cannot be reached at {node}"),
    "site.unreachable": ("error", "Station {station} cannot be reached and left from the lanes"),
    "site.leaf_blocks": ("error", "A robot at {station} keeps others from {blocked}: robots could wait for ever"),
    "site.leaf_in_capacity": ("error", "A robot at {station} counts in a zone for {limit}: others could wait for ever"),
    "site.door_lane": ("error", "Lane {lane} and door {door} do not fit: {reason}"),
    "site.door_blocked": ("error", "A robot at {station} would stand in the doorway of {door}"),
    "site.conveyor": ("error", "Conveyor {conveyor}: {reason}"),
    "site.air_lock": ("error", "Air-lock {lock}: {reason}"),
    "site.fire_lane_blocked": ("error", "A robot at {station} would stand in a fire lane and not leave it in a fire"),
    "site.fire_lane_unused": ("warning", "No lane leads through the fire lane {zone}: it asks nothing of robots"),
    "site.level_overlap": ("error", "Levels {level} and {other} overlap on the sheet"),
    "site.level_outside": ("error", "Level {level} reaches beyond the sheet"),
    "site.off_level": ("error", "{what} {id} is not on one level only"),
    "site.level_cut_off": ("error", "No lift stops at level {level}: no robot can come there or leave it"),
    "site.lift_stop": ("error", "Lift {lift} at {level}: {reason}"),
    "site.lift_small": ("error", "The cabin of {lift} is too small for a robot: it needs {depth} x {width} m"),
    "site.few_chargers": ("warning", "{chargers} chargers are too few for {robots} robots: {needed} are needed"),
    "site.mover_blocked": ("error", "The route of {mover} runs through {obstacle}"),
    "site.mover_in_pocket": ("warning", "The route of {mover} runs through the place of a robot at {station}"),
}

WHYS: Mapping[str, str] = {
    "no_lane": "there is no such lane",
    "not_through": "it does not lead through the door",
    "not_named": "it leads through, and is not named",
    "in_door": "it stands in door {other}",
    "no_level": "there is no such level",
    "twice": "it stops there more than once",
    "off_level": "the cabin is not on that level",
    "same_height": "another stop of it is at the same height",
    "no_stop_lane": "there is no lane {lane}",
    "lane_off_level": "lane {lane} is not on that level",
    "own_edge": "its own edge",
    **CONVEYOR_WHYS,
    "no_driven_door": "no lane leads through a door {door}",
    "in_lock": "door {door} is in it twice, or in two air-locks",
    "too_short": "a robot does not fit between its doors",
    "not_joined": "no lane leads from one of its doors to the other",
    "leads_out": "a lane leads out of it beside its doors",
    "in_doorway": "a robot at {station} stands in its doorway: lane or place is too near",
}
"""Reasons of findings by the word that stands for them in their facts (why)."""


@dataclass(frozen=True)
class Finding:
    """One finding: code and severity from SENTENCES, the facts, and where it is (m, map frame; None: nowhere)."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    x: float | None = None
    y: float | None = None

    @property
    def severity(self) -> Severity:
        """An error makes the site unusable."""
        return SENTENCES[self.code][0]

    @property
    def message(self) -> str:
        """The English sentence with the facts filled in."""
        return SENTENCES[self.code][1].format_map(self.facts)

    def __str__(self) -> str:
        place = "" if self.x is None or self.y is None else f" at ({self.x:.2f}, {self.y:.2f})"
        return f"{self.severity}: [{self.code}] {self.message}{place}"


def finding_why(code: str, at: tuple[float, float] | None, why: str, **facts: Fact) -> Finding:
    """Return a finding with a reason of WHYS, as a word (why) and in English (reason)."""
    return finding(code, at, **facts, why=why, reason=WHYS[why].format_map(facts))


def finding(code: str, at: tuple[float, float] | None = None, **facts: Fact) -> Finding:
    """Return a finding at a position (m) or nowhere."""
    if at is None:
        return Finding(code, facts)
    return Finding(code, facts, round(at[0], 2), round(at[1], 2))
