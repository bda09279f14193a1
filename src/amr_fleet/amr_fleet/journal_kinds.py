"""What the journal may say: each kind of entry with what it means and its facts. `docs/journal.md` is made of it.

State is the fold of the journal, so the rules are strict: a kind or fact may be added, none gets another meaning, and a
reader takes an entry without a fact that came later. Times are fleet seconds, lengths m, angles rad, shares 0..1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from amr_core.errors import AmrError
from amr_fleet.fact_fields import meanings
from amr_fleet.ports import OrderRequest
from amr_fleet.vocabulary import JournalKind


@dataclass(frozen=True)
class Kind:
    """A kind of entry. about: which of the columns order_id and robot are set. facts: always there; more: sometimes.

    open_to: what facts may come beside those that are named, "" = none.
    """

    meaning: str
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    open_to: str = ""

    def faults(self, facts: Mapping[str, object]) -> list[str]:
        """Return what is wrong with the facts of an entry of this kind."""
        missing = [f"{name} is missing" for name in self.facts if name not in facts]
        known = self.facts.keys() | self.more.keys()
        unknown = [] if self.open_to else [f"{name} is unknown" for name in facts if name not in known]
        return missing + unknown


_USER = {"user": "who asked"}
_WHY = {"text": "why, in their words", "instead_of": "whose it was that they took over or ended"}
_NAME = {"name": "its name"}
_SCOPE = {
    "scope": "one: this robot, all: with all robots, unload: until its load is off, only that lifts it; "
    "door, lift: until the door or lift (user) before it is open; fire: until the alarm is ended"
}
_BY = {"by": "who decided", "at": "Unix seconds"}
_DECISION = {"decision": "Unix seconds, but later than every decision before, whatever the clock says"}
_REQUEST = {
    "pick_place": "place", "drop_place": "place", "reference": "the caller's key", "load_id": "number on the load",
    "cutoff": "cut-off group", "robot": "the only one that may do it", "priority": "-1000..1000",
    "deadline": "0 = none", "earliest": "0 = at once",
}  # fmt: skip
_REQUEST_MORE = meanings(OrderRequest)  # what came after the first journals
_MISSION = {
    "mission": "its id, the order_id on the wire", "kind": "pick, drop, charge, park", "goal": "node",
    "action": 'id of the action at the goal, "" = none',
}  # fmt: skip
_ALARM = {"alarm": "its id", "code": "alarm.*"}
_TRIAL = {"trial": "its id"}
_ROW = {**_TRIAL, "row": "JSON of what was noted", **_USER}
_PERIOD = {"period": "2027-01, 2027-Q1, 2027-H1, 2027"}
_FLIGHT = {"flight": "its id"}
_ORDER, _ROBOT, _BOTH = "order", "robot", "order, robot"

JOURNAL: Mapping[JournalKind, Kind] = {
    "order_created": Kind(
        "A transport order exists.", _ORDER, {**_REQUEST, **_USER},
        {**_REQUEST_MORE, "rescue": "true: made of what a robot had on board"},
    ),
    "order_assigned": Kind("A robot got it.", _BOTH, {}, {"station": "node that it goes to first"}),
    "order_state": Kind(
        "Its robot works on it.", _BOTH, {"state": "TO_PICK, PICKING, DROPPING"},
        {
            "process": 'DROPPING, the load still on board: which process spoke for the robot, "" = it names none',
            "on_board": "true: PICKING, restarted, and it tells no loads: the load may be on the robot",
        },
    ),
    "order_picked": Kind(
        "The robot has the load.", _BOTH, {},
        {"place": "where", "off": "m off the station", "turn": "degrees off", "found_on_board": "true: seen, not told"},
    ),
    "order_attempt": Kind("A load action failed; it is tried again.", _BOTH, {"code": "error"}),
    "order_evidence": Kind(
        "A sensor read something on the load.", _BOTH,
        {"read": "sscc, container, code", "value": "text", "size_type": "ISO 6346", "valid": "check digit is right",
         "frames": "count", "source": "node", "match": "yes, no, unknown"},
    ),
    "order_said": Kind(
        "A person at the place said something of the load.", _ORDER,
        {"said": "ready, taken, wrong, damaged", "place": "where", "at": "when; a phone may send it later",
         "read": 'the code on the load, "" = none', "photos": "SHA-256 of pictures, by spaces", "text": "one line",
         "key": "of the one time that it was said", **_USER},
    ),
    "order_requeued": Kind("It waits for another robot.", _BOTH),
    "order_cancelling": Kind("It will be cancelled when the robot has finished.", _BOTH, _USER, {"mode": "after_pick"}),
    "order_cancelled": Kind(
        "It will not be done.", _BOTH, {},
        {**_USER, "mode": "now", "on_board": "true: the load is still on the robot, or may be"},
    ),
    "order_done": Kind(
        "Delivered.", _BOTH, {"place": "where"}, {"off": "m off the station", "turn": "degrees off"}
    ),
    "order_failed": Kind("Given up after the last attempt.", _BOTH, {"code": "error"}),
    "order_held": Kind("It does not start until it is released.", _ORDER, _USER, _WHY),
    "order_released": Kind("It may start.", _ORDER, _USER, _WHY),
    "order_reassigned": Kind("Only one robot may do it now.", _ORDER, {"wanted": '"" = any', **_USER}),
    "order_changed": Kind(
        "It has other wishes.", _BOTH, _USER, {n: _REQUEST[n] for n in ("priority", "deadline", "earliest", "cutoff")}
    ),
    "mission_started": Kind("A robot has something to drive to.", _BOTH, _MISSION),
    "mission_retargeted": Kind("The running mission got another goal.", _BOTH, _MISSION),
    "mission_ended": Kind("The robot has no mission any more.", _BOTH, {"mission": "its id", "why": "in words"}),
    "robot_online": Kind("It reports.", _ROBOT),
    "robot_offline": Kind("It has not reported for offline_after.", _ROBOT),
    "robot_paused": Kind("A person stopped it.", _ROBOT, _USER, {**_SCOPE, **_WHY}),
    "robot_resumed": Kind(
        "A pause of it ends; without a scope every one. It goes on when none is left.", _ROBOT, _USER,
        {**_SCOPE, **_WHY},
    ),
    "robot_unloaded": Kind("It said for 10 s that nothing is on board: what an ended order left on it is off.", _ROBOT),
    "robot_stopped": Kind("An emergency stop that a person set.", _ROBOT, {"kind": "MANUAL, REMOTE"}),
    "robot_released": Kind("A named person has looked; it may drive.", _ROBOT, {"person": "name", **_USER}),
    "robot_integration": Kind("In or out of use.", _ROBOT, {"level": "ignored, noticed, respected, utilised", **_USER}),
    "robot_relocalised": Kind(
        "A person said where it is.", _ROBOT, {"x": "m", "y": "m", "theta": "rad", **_USER}
    ),
    "robot_displaced": Kind(
        "It says that it is where it cannot be; both places stay held.", _ROBOT, {"x": "m, as it says", "y": "m"}
    ),
    "robot_found": Kind(
        "Its place is known again.", _ROBOT, {"how": "returned, sure (for long enough) or person (relocalised it)"}
    ),
    "robot_led_out": Kind("It was locked in and is sent to another leaf.", _ROBOT, {"goal": "node"}),
    "robot_holds": Kind("What it holds of the roadmap, before it hears of it.", _ROBOT, {"held": "ids, by spaces"}),
    "robot_time": Kind(
        "What its time went into since `from`, every 300 s.", _ROBOT,
        {"from": "begin", "metres": "m", "metres_loaded": "m", "soc_min": "share", "soc_used": "share"},
        {"score": "how sure it was of its place, mean, 0..1", "score_min": "the least", "unsure": "s without a place"},
        "s by use (`offline`, `idle`, `wait.*` ...), s by age of its states (`age.*`), counts of halts and stops",
    ),
    "robot_serviced": Kind("A person has serviced it.", _ROBOT, {"text": "what was done, one line", **_USER}),
    "upkeep_opened": Kind(
        "A maintenance work order of it.", _ROBOT, {"work": "its id", "due": "0 = none"},
        {"text": "what is to be done, as a person said", "user": "that person", "owner": "who does it",
         "safety": "true: not done in time it may hurt somebody", "rule": "service, safety_check: no person opened it",
         "counter": "km, lifts, hours, days", "amount": "how far the counter was",
         "key": "of the request of a person that asked for it"},
    ),
    "upkeep_changed": Kind(
        "Until when it is to be done, and by whom, now.", _ROBOT,
        {"work": "its id", "due": "0 = none", "owner": 'name, "" = nobody', **_USER},
    ),
    "upkeep_closed": Kind(
        "It is done, or need not be.", _ROBOT,
        {"work": "its id", "outcome": "done, dropped", "note": "what was done, or why not", **_USER},
    ),
    "alarm_raised": Kind("Something needs a person.", "order, robot or none", _ALARM, {}, "the facts of the alarm"),
    "alarm_escalated": Kind(
        "A message about alarms that nobody took is on its way.", "their robot or none",
        {"alarms": "ids, a space between", "step": "from 1", "channel": "which", "person": 'whom, "" = a program'},
    ),
    "alarm_acked": Kind("Somebody looks after it.", "as raised", {**_ALARM, **_USER}),
    "alarm_cleared": Kind("Its cause is gone, or it was of the past and is seen.", "as raised", _ALARM),
    "deadlock": Kind("Robots wait for each other in a circle for deadlock_after.", "", {"robots": "names, by spaces"}),
    "zone_set": Kind(
        "A restriction is in force.", "",
        {"zone": "id", "zone_kind": "closed, hold, slow", "max_speed": "m/s", "code": "why", "text": "why",
         "until": "0 = until cleared; of a camera: at first", "area": "JSON: polygon, elements", **_USER},
    ),
    "zone_cleared": Kind("It is lifted.", "", {"zone": "id", "why": "cleared, expired", **_USER}),
    "cutoff_set": Kind(
        "A visit: a truck, barge or ship leaves then.", "",
        {**_NAME, "kind": "truck, barge, ship", "at": "its closing time", **_USER},
        {"begins": "when it is expected", "planned": "loads by its plan", "place": "where it stands"},
    ),
    "cutoff_departed": Kind(
        "It has left.", "",
        {**_NAME, "visit": "its id", "counted": "loads delivered", "planned": "loads, 0 = not said", **_USER},
    ),
    "cutoff_reopened": Kind("It has not left after all.", "", {**_NAME, "visit": "its id", **_USER}),
    "cutoff_removed": Kind("No more.", "", {**_NAME, **_USER}),
    "template_set": Kind("An order to be sent again.", "", {**_REQUEST, **_NAME, **_USER}, _REQUEST_MORE),
    "template_removed": Kind("No more.", "", {**_NAME, **_USER}),
    "schedule_set": Kind(
        "An order that comes again.", "",
        {**_REQUEST, **_NAME, **_USER, "next": "time", "every": "s", "due_in": "s, 0 = none"}, _REQUEST_MORE,
    ),
    "schedule_removed": Kind("No more.", "", {**_NAME, **_USER}),
    "schedule_fired": Kind("It created an order.", _ORDER, {**_NAME, "next": "time"}),
    "schedule_skipped": Kind("It created none.", "", {**_NAME, "next": "time"}, {"late": "s", "code": "error"}),
    "cargo_held": Kind("Customs hold a load.", "", {"load_id": "number", "document": "number", **_USER}),
    "cargo_released": Kind("The hold is lifted.", "", {"load_id": "number", "document": "number", **_USER}),
    "cargo_stocked": Kind(
        "The stock list says where a load is.", "", {"load_id": "number", "place": "place", **_USER}
    ),
    "flight_permitted": Kind(
        "Flights are permitted until a time.", "",
        {"number": "of the permit", "issuer": "who permits", "registration": "of the aircraft", "until": "time",
         "ceiling": "m", "area": "JSON: polygon, [] = the whole site", **_USER},
    ),
    "flight_planned": Kind(
        "A flight is planned; its plan follows from these wishes and flight.yaml as it was.", "",
        {**_FLIGHT, "task": "inventory_flight, inspect", "places": "JSON: ids", "levels": "numbers, by spaces",
         "points": "JSON: [x, y, z] in m",
         "plan": "JSON: way [x, y, z in m, yaw in rad, cell], area and top of its volume (m), length and transit (m), "
         "seconds, energy (share)", **_USER},
        {"again": "the flight whose unread cells it looks at again"},
    ),
    "flight_started": Kind(
        "The pilot's checklist before take-off.", "",
        {**_FLIGHT, "pilot": "name", "licence": "visual, instrument", "wind": "m/s", "rain": "true: it rains",
         "cleared": "true: nobody is there", **_USER},
        {"light": "lux", "present": "true: the pilot stands by"},
    ),
    "flight_state": Kind(
        "A flight is in another state.", "",
        {**_FLIGHT, "state": "CLEARING, FLYING, RETURNING, LOST, DOWN, DONE, ABORTED, CANCELLED",
         "why": 'code, "" = as planned', **_USER},
    ),
    "flight_cell": Kind(
        "A cell of a rack was looked at.", "",
        {**_FLIGHT, "cell": "its name", "found": "label, empty, unreadable", "sscc": 'number, "" = none'},
    ),
    "flight_difference": Kind(
        "Racks and book disagree; the order is the one made of it.", "order or none",
        {**_FLIGHT, "difference": "misplaced, missing, not_in_book, unreadable", "load_id": 'number, "" = none',
         "found": "place", "booked": "place", "cell": "where", "sure": "false: cells of the place were not read",
         "refused": "why no order could be made"},
    ),
    "flight_picture": Kind(
        "A point of an inspection, or a cell where a count differs, has its picture: its SHA-256 is what is kept here.",
        "",
        {**_FLIGHT, "point": "P and its number, or the cell", "photo": 'SHA-256 of the file, "" = none was kept',
         "taken": "time", "x": "m, from where", "y": "m", "z": "m above the floor",
         "refused": 'code why none was kept, "" = it was'},
    ),
    "flight_checked": Kind(
        "A person, or the second look of a flight, settled a difference.", "",
        {**_FLIGHT, "number": "from 0", "user": "who asked, or the flight that looked again"},
    ),
    "door_leased": Kind(
        "A robot may be let through a door.", _ROBOT, {"door": "id", "fence": "fencing number, only grows"}
    ),
    "door_freed": Kind(
        "It needs the door no more.", _ROBOT,
        {"door": "id", "fence": "that of its lease", "why": "passed, not there, taken out, gave way"},
    ),
    "lift_leased": Kind(
        "A robot has the lift until it is seen outside it.", _ROBOT,
        {"lift": "id", "fence": "fencing number, only grows"},
    ),
    "lift_freed": Kind(
        "It needs the lift no more.", _ROBOT,
        {"lift": "id", "fence": "that of its lease", "why": "passed, not there, gave way, taken out"},
    ),
    "fire_raised": Kind(
        "A fire alarm.", "", {"source": "the input, or person", "text": "why", **_USER}
    ),
    "fire_input": Kind("A contact of the fire panel went on or off during an alarm.", "", {
        "source": "the input", "on": "whether it is on: while one is, nobody ends the alarm",
        "user": "who saw that it is off, where it had said nothing since the fleet's start, or who said ON was gone",
    }),
    "fire_ended": Kind("A person ended it.", "", _USER),
    "note_added": Kind("A note for the next shift.", "", {"text": "one line", **_USER}),
    "moment_commented": Kind(
        "What a person says of a moment that was.", "robot or none",
        {"about": "that moment", "text": "one line", **_USER},
    ),
    "clock_anchor": Kind(
        "What time it is outside when the fleet's clock says so.", "",
        {"utc": "Unix seconds", "fleet_t": "time", "ntp_offset": "s, null = not known"},
    ),
    "trial_version": Kind(
        "A version of a trial's record; the trial is a draft.", "",
        {**_TRIAL, "version": "1, 2 ...", "sha256": "of the record", "record": "canonical JSON", **_USER},
    ),
    "trial_asked": Kind(
        "A first person wants a step that takes two.", "",
        {**_TRIAL, "to": "state", "reason": "why", "role": "of the user", **_USER},
    ),
    "trial_state": Kind(
        "A trial is in another state.", "",
        {**_TRIAL, "state": "new one", "reason": "why", "role": 'of the user, "" = by itself', **_USER},
        {"second": "who confirmed it"},
    ),
    "trial_breach": Kind(
        "The watch saw something outside the envelope.", "robot or none",
        {**_TRIAL, "rule": "which", "x": "m", "y": "m", "value": "seen", "limit": "allowed"},
    ),
    "trial_incident": Kind("An incident of a trial, new or as it is known by now.", "", _ROW),
    "trial_condition": Kind("What the surroundings of a trial were.", "", _ROW),
    "trial_proof": Kind("A duty of the permit is fulfilled.", "", _ROW),
    "trial_card": Kind("A test card, new or with one more repetition.", "", _ROW),
    "trial_watched": Kind("A supervisor is there.", "", {**_TRIAL, **_USER}),
    "obstacle_set": Kind(
        "An obstacle is in the register, or was changed.", "",
        {"obstacle": "its id", "opened": "ISO day", "source": "person, incident, rule",
         "obstacle_kind": "legal, technical, infrastructure, staff, finance, data, safety", "text": "lines",
         "effect_kpi": 'figure, "" = none', "effect_amount": "in its unit", "asked_of": "authority",
         "proposal": "what is asked", "owner": "who follows it up", "due": 'ISO day, "" = none',
         "state": "open, in_progress, proposed, solved, closed", **_USER},
    ),
    "obstacle_answered": Kind(
        "An authority answered.", "",
        {"obstacle": "its id", "document": "number", "date": "ISO day", "text": "in short", **_USER},
    ),
    "plan_set": Kind("A target of a figure.", "", {**_PERIOD, "kpi": "figure", "target": "in its unit", **_USER}),
    "plan_removed": Kind("No more.", "", {**_PERIOD, "kpi": "figure", **_USER}),
    "report_text_set": Kind("A text of a report.", "", {**_PERIOD, "field": "which", "text": "lines", **_USER}),
    "report_commented": Kind("A remark on a report.", "", {**_PERIOD, "text": "lines", **_USER}),
    "report_moved": Kind(
        "A report went a step on.", "", {**_PERIOD, "step": "submit, return, sign, reopen", "text": "why", **_USER}
    ),
    "report_filed": Kind(
        "A signed report went out.", "",
        {**_PERIOD, "edition": "from 1", "number": "of the document", "date": "ISO day", "docx_sha256": "of the file",
         "pdf_sha256": "of the file", "size": "leaves of the tree that it was made from", "root": "of it", **_USER},
    ),
    "dataset_released": Kind(
        "A dataset went out.", "",
        {"root": "SHA-256 of its SHA256SUMS", "profile": "public, partner", "name": "of the dataset",
         "by": "who let it out", "second": "who agreed", "judged": "what validators said"},
    ),
    "dataset_withdrawn": Kind(
        "A dataset is withdrawn; it stays listed.", "",
        {"root": "of the dataset", "reason": "why", "by": "who decided"},
    ),
    "journal_restored": Kind(
        "The records come from a backup.", "", {**_BY, "from": "its file", "size": "entries", "root": "of its tree"},
        more={"last_checkpoint": "note, when its key was lost", **_DECISION},
    ),
    "journal_accepted": Kind(
        "The records were not whole; an engineer goes on with what is there.", "",
        {**_BY, "reason": "text", "lost": "entries lost at the end", "faults": "JSON list", "last_checkpoint": "note"},
        more=_DECISION,
    ),
}  # fmt: skip


def check_kind(kind: str) -> None:
    """Raise store.failed for a kind that is not on the list: nobody could read it later."""
    if kind not in JOURNAL:
        raise AmrError("store.failed", reason=f"{kind!r} is no kind of entry")


def markdown() -> str:
    """Return the table of all kinds for the docs."""
    rows = ["| kind | about | meaning | facts | sometimes |", "|---|---|---|---|---|"]
    for name, kind in JOURNAL.items():
        more = "; ".join([*_pairs(kind.more), *([kind.open_to] if kind.open_to else [])])
        rows.append(f"| `{name}` | {kind.about} | {kind.meaning} | {'; '.join(_pairs(kind.facts))} | {more} |")
    return "\n".join(rows)


def _pairs(facts: Mapping[str, str]) -> list[str]:
    return [f"`{name}` {what}" for name, what in facts.items()]
