"""The closed vocabularies of the fleet: each word is listed here once; OpenAPI, dashboard and tests follow.

Order states, wait codes and alarm codes are explained in docs/order-protocol.md, the integration levels by Open-RMF's
use of the words, the emergency stops by VDA 5050 (`safetyState.eStop`).
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from amr_core.conveyors import BeltState as BeltState
from amr_core.doors import DoorMode as DoorMode
from amr_core.lifts import LiftMode as LiftMode
from amr_core.vda5050 import ErrorLevel as ErrorLevel
from amr_uav.model import FlightTask as FlightTask

MOST_PRIORITY: Final = 9
"""Priorities of people's and systems' orders are 0..MOST_PRIORITY."""
MOST_LOADS: Final = 5000
"""Plans of visits are 0..MOST_LOADS loads, 0 = not said."""

OrderState = Literal[
    "QUEUED", "ASSIGNED", "TO_PICK", "PICKING", "TO_DROP", "DROPPING", "DONE", "CANCELLED", "FAILED"
]  # fmt: skip
RobotStatus = Literal["OFFLINE", "ERROR", "PAUSED", "CHARGING", "BUSY", "PARKING", "IDLE"]
Integration = Literal["ignored", "noticed", "respected", "utilised"]
# "" = none; RELEASE: it was reset, and a named person must say that the robot may drive again.
EmergencyStop = Literal["", "AUTOACK", "MANUAL", "REMOTE", "RELEASE"]

MissionKind = Literal["pick", "drop", "charge", "park"]

# Why a robot waits; an order that a robot has waits for the same.
RobotWait = Literal[
    "wait.traffic", "wait.station", "wait.zone", "wait.charger", "wait.load_on_board", "wait.person", "wait.vehicle",
    "wait.obstacle", "wait.paused", "wait.unload", "wait.e_stop", "wait.release", "wait.error", "wait.alarm",
    "wait.standing", "wait.trial", "wait.door", "wait.conveyor", "wait.lift", "wait.fire", "wait.site_version",
    "wait.no_return", "wait.safety_overdue",
]  # fmt: skip
# Why an order in the queue waits.
OrderWait = Literal[
    "wait.robot", "wait.wanted_robot", "wait.held", "wait.customs", "wait.earliest", "wait.zone", "wait.station",
    "wait.promised", "wait.battery", "wait.no_robot", "wait.trial", "wait.door", "wait.conveyor", "wait.lift",
    "wait.payload", "wait.load_type", "wait.no_return",
]  # fmt: skip
# What ends a root of waiting; "itself": nobody has to do anything.
EndCode = Literal[
    "itself", "reach_robot", "relocalise", "repair_robot", "reset_stop", "release_robot", "resume_robot",
    "unload_robot", "take_alarm", "lift_zone", "clear_way", "look_at_robot", "free_charger", "release_order",
    "release_customs", "free_robot", "resume_trial", "repair_door", "repair_lift",
    "repair_conveyor", "end_fire", "update_site",
    "change_permit", "do_upkeep", "see_to_camera", "recover_aircraft",
]  # fmt: skip
WaitCode = Literal[RobotWait, OrderWait]
AlarmCode = Literal[
    "alarm.robot_error", "alarm.robot_offline", "alarm.not_localized", "alarm.e_stop", "alarm.blocked",
    "alarm.clock", "alarm.cmd_vel", "alarm.robot_twice", "alarm.second_fleet", "alarm.storage", "alarm.order_refused",
    "alarm.low_battery", "alarm.battery_silent", "alarm.load_on_board", "alarm.order_late", "alarm.order_failed",
    "alarm.deadlock", "alarm.door", "alarm.door_held",
    "alarm.conveyor", "alarm.lift", "alarm.lift_held", "alarm.fire", "alarm.site_version",
    "alarm.network", "alarm.one_way", "alarm.robot_restarted", "alarm.address",
    "alarm.flight_link", "alarm.flight_fence", "alarm.flight_battery", "alarm.flight_position", "alarm.flight_wind",
    "alarm.flight_people", "alarm.flight_permit", "alarm.flight_fire", "alarm.flight_down", "alarm.flight_stray",
    "alarm.load_wrong", "alarm.load_damaged", "alarm.internal", "alarm.order_aside",
    "alarm.camera_no_pictures", "alarm.camera_bad_picture", "alarm.camera_wrong_size",
    "alarm.camera_not_calibrated", "alarm.camera_late", "alarm.camera_frozen", "alarm.camera_dark",
    "alarm.camera_dazzled", "alarm.camera_covered", "alarm.camera_blurred", "alarm.camera_dirty",
    "alarm.camera_turned", "alarm.camera_detector", "alarm.camera_silent", "alarm.camera_unheard",
    "alarm.camera_held", "alarm.camera_refused",
    "alarm.trial_suspended", "alarm.safety_overdue",
]  # fmt: skip
# A critical one stops work, loses something or may hurt somebody; a warning is to be looked after in time.
AlarmSeverity = Literal["critical", "warning"]
# Why an order of a what-if scenario cannot go on; "" = it can.
StuckCode = Literal[
    "", "whatif.held", "whatif.pick_closed", "whatif.drop_closed", "whatif.load_on_lost", "whatif.stranded",
    "whatif.cancelled",
]  # fmt: skip

ZoneKind = Literal["closed", "hold", "slow"]
PlaceKind = Literal["dock", "block", "rack", "crossdock", "gate"]
TrackKind = Literal["person", "vehicle", "unknown"]
SeenKind = Literal["person", "vehicle", "load"]
# In what light a camera sees how far; "" = not known.
CameraLight = Literal["", "day", "dim"]
# Why a camera sees nothing; "silent": the fleet says it of one that it does not hear, "": it sees.
CameraBlind = Literal[
    "", "no_pictures", "bad_picture", "wrong_size", "not_calibrated", "late", "frozen", "dark", "dazzled", "covered",
    "blurred", "dirty", "turned", "detector", "learning", "silent",
]  # fmt: skip

CargoKind = Literal["pallet", "lot", "container", ""]
CutoffKind = Literal["truck", "barge", "ship"]
# closed: its closing time has come, and nobody has said yet that it left.
VisitState = Literal["coming", "working", "closed", "departed"]
# Why nobody can tell when a visit will be done; "" = somebody can.
VisitUnsure = Literal["", "no_plan", "nothing_left", "not_begun", "too_little", "standing"]
# Which of the fleet's rules opened a maintenance work order ("" = a person), what was counted, and how it ended.
UpkeepRule = Literal["", "service", "safety_check"]
UpkeepCounter = Literal["", "km", "lifts", "hours", "days"]
UpkeepOutcome = Literal["", "done", "dropped"]
# What one for safety does that is not done in time: warn = an alarm; rest = no new order for the robot, too.
OverdueSafety = Literal["warn", "rest"]
ReadingKind = Literal["sscc", "container", "code"]
# What a person at a place says of an order's load.
LoadWord = Literal["ready", "taken", "wrong", "damaged"]
Match = Literal["yes", "no", "unknown"]
RowVerdict = Literal["created", "known", "refused"]
# Who set a pause: a person on this robot, on all, a load to be taken off, a trial that may not go on, a door that shut,
# a lift's door that shut, a fire alarm.
PauseScope = Literal["one", "all", "unload", "trial", "door", "lift", "fire"]
CancelMode = Literal["before_pick", "after_leg", "now"]
RobotUse = Literal["loaded", "empty", "wait", "charge", "fault", "paused", "offline", "idle"]

# The register of obstacles and the reports to authorities.
ObstacleSource = Literal["person", "incident", "rule"]
ObstacleKind = Literal["legal", "technical", "infrastructure", "staff", "finance", "data", "safety"]
ObstacleState = Literal["open", "in_progress", "proposed", "solved", "closed"]
ReportState = Literal["draft", "submitted", "signed", "filed"]
ReportStep = Literal["submit", "return", "sign", "reopen"]
# The figures of a periodic report; docs/kpis.md says how each is counted.
KpiKey = Literal[
    "created", "done", "failed", "cancelled", "open_at_end", "per_hour", "on_time", "service_mean", "service_p95",
    "allocation_mean", "wait_share", "availability", "mtbf", "mttr", "faults", "interventions",
    "interventions_per_100_km", "deadlocks", "attempts_failed", "protective_stops", "emergency_stops", "halts",
    "missions", "metres", "metres_loaded", "charges", "energy", "wh_per_order", "camera_zones", "links_lost",
    "wrong_loads",
]  # fmt: skip

# worker: at a dock with a phone; sees what comes and goes there, says what became of it, and nothing else.
# authority: whoever decides about a trial; reads what a viewer reads, drives nothing.
Role = Literal["worker", "viewer", "authority", "operator", "engineer", "admin"]
SessionKind = Literal["password", "pin", "token", "device", "oidc"]

TrialState = Literal["draft", "submitted", "approved", "running", "suspended", "ended", "revoked", "expired"]
# What the watch over a trial finds outside its envelope.
BreachRule = Literal[
    "area", "forbidden", "speed", "count", "window", "serial", "pose", "condition", "supervision"
]  # fmt: skip
# Why a site under trial rules gives no missions now.
TrialBar = Literal["", "no_trial", "suspended", "window", "camera", "margin", "serial", "area", "load"]
IncidentKind = Literal["contact", "near_miss", "breach", "fall_of_load", "cyber", "data", "fire", "other"]
IncidentSeverity = Literal["S0", "S1", "S2", "S3", "S4"]

# CLEARING: robots leave the ground below; LOST: it is not heard; DOWN: it lies where it must not.
FlightState = Literal[
    "PLANNED", "CLEARING", "FLYING", "RETURNING", "LOST", "DOWN", "DONE", "ABORTED", "CANCELLED"
]  # fmt: skip

# Entries of the journal, the durable truth: a word may be added, none may get another meaning.
JournalKind = Literal[
    "order_created", "order_assigned", "order_state", "order_picked", "order_attempt", "order_evidence", "order_said",
    "order_requeued", "order_cancelling", "order_cancelled", "order_done", "order_failed", "order_held",
    "order_released", "order_reassigned", "order_changed",
    "mission_started", "mission_retargeted", "mission_ended",
    "robot_online", "robot_offline", "robot_paused", "robot_resumed", "robot_stopped", "robot_released",
    "robot_integration", "robot_relocalised", "robot_led_out", "robot_displaced", "robot_found",
    "robot_holds", "robot_time", "robot_serviced", "robot_unloaded",
    "alarm_raised", "alarm_acked", "alarm_cleared", "alarm_escalated", "deadlock",
    "zone_set", "zone_cleared",
    "journal_restored", "journal_accepted",
    "cutoff_set", "cutoff_removed", "cutoff_departed", "cutoff_reopened", "template_set", "template_removed",
    "schedule_set", "schedule_removed", "schedule_fired", "schedule_skipped",
    "cargo_held", "cargo_released", "note_added", "moment_commented",
    "clock_anchor", "trial_version", "trial_asked", "trial_state", "trial_breach", "trial_incident",
    "trial_condition", "trial_proof", "trial_card", "trial_watched",
    "obstacle_set", "obstacle_answered", "plan_set", "plan_removed", "report_text_set", "report_commented",
    "report_moved", "report_filed", "dataset_released", "dataset_withdrawn", "door_leased", "door_freed",
    "lift_leased", "lift_freed",
    "fire_raised", "fire_input", "fire_ended", "cargo_stocked",
    "flight_permitted", "flight_planned", "flight_started", "flight_state", "flight_cell", "flight_difference",
    "flight_checked", "flight_picture", "upkeep_opened", "upkeep_changed", "upkeep_closed",
]  # fmt: skip

MISSION_KINDS: Final[tuple[MissionKind, ...]] = get_args(MissionKind)
WAIT_CODES: Final[tuple[str, ...]] = get_args(WaitCode)
ALARM_CODES: Final[tuple[str, ...]] = get_args(AlarmCode)
JOURNAL_KINDS: Final[tuple[str, ...]] = get_args(JournalKind)
KPI_KEYS: Final[tuple[KpiKey, ...]] = get_args(KpiKey)
