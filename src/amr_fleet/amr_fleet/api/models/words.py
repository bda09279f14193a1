"""The closed vocabularies as OpenAPI names them, and what carries a code: reasons and problems."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import WithJsonSchema, model_validator
from typing_extensions import TypeAliasType

from amr_core.errors import ERRORS
from amr_core.robots import ROBOT_TYPES
from amr_fleet import ports, vocabulary
from amr_fleet.api.models.base import Answer, Facts

OrderState = TypeAliasType("OrderState", vocabulary.OrderState)
RobotStatus = TypeAliasType("RobotStatus", vocabulary.RobotStatus)
Integration = TypeAliasType("Integration", vocabulary.Integration)
EmergencyStop = TypeAliasType("EmergencyStop", vocabulary.EmergencyStop)
ErrorLevel = TypeAliasType("ErrorLevel", vocabulary.ErrorLevel)
RobotWait = TypeAliasType("RobotWait", vocabulary.RobotWait)
WaitCode = TypeAliasType("WaitCode", vocabulary.WaitCode)
EndCode = TypeAliasType("EndCode", vocabulary.EndCode)
AlarmCode = TypeAliasType("AlarmCode", vocabulary.AlarmCode)
AlarmSeverity = TypeAliasType("AlarmSeverity", vocabulary.AlarmSeverity)
StuckCode = TypeAliasType("StuckCode", vocabulary.StuckCode)
ZoneKind = TypeAliasType("ZoneKind", vocabulary.ZoneKind)
TrackKind = TypeAliasType("TrackKind", vocabulary.TrackKind)
PlaceKind = TypeAliasType("PlaceKind", vocabulary.PlaceKind)
BeltState = TypeAliasType("BeltState", vocabulary.BeltState)
DoorMode = TypeAliasType("DoorMode", vocabulary.DoorMode)
LiftMode = TypeAliasType("LiftMode", vocabulary.LiftMode)
SeenKind = TypeAliasType("SeenKind", vocabulary.SeenKind)
CameraLight = TypeAliasType("CameraLight", vocabulary.CameraLight)
CameraBlind = TypeAliasType("CameraBlind", vocabulary.CameraBlind)
CargoKind = TypeAliasType("CargoKind", vocabulary.CargoKind)
CutoffKind = TypeAliasType("CutoffKind", vocabulary.CutoffKind)
VisitState = TypeAliasType("VisitState", vocabulary.VisitState)
OverdueSafety = TypeAliasType("OverdueSafety", vocabulary.OverdueSafety)
UpkeepRule = TypeAliasType("UpkeepRule", vocabulary.UpkeepRule)
UpkeepCounter = TypeAliasType("UpkeepCounter", vocabulary.UpkeepCounter)
UpkeepOutcome = TypeAliasType("UpkeepOutcome", vocabulary.UpkeepOutcome)
VisitUnsure = TypeAliasType("VisitUnsure", vocabulary.VisitUnsure)
ReadingKind = TypeAliasType("ReadingKind", vocabulary.ReadingKind)
LoadWord = TypeAliasType("LoadWord", vocabulary.LoadWord)
Match = TypeAliasType("Match", vocabulary.Match)
RowVerdict = TypeAliasType("RowVerdict", vocabulary.RowVerdict)
CancelMode = TypeAliasType("CancelMode", Literal["after_leg", "now"])  # what people may choose
PauseScope = TypeAliasType("PauseScope", vocabulary.PauseScope)
RobotUse = TypeAliasType("RobotUse", vocabulary.RobotUse)
Role = TypeAliasType("Role", vocabulary.Role)
SessionKind = TypeAliasType("SessionKind", vocabulary.SessionKind)


def _listed(words: list[str]) -> WithJsonSchema:
    """Return the schema of words that are listed elsewhere and were checked where they came in."""
    return WithJsonSchema({"type": "string", "enum": words})


_CODES: Final = frozenset({*ERRORS, *vocabulary.WAIT_CODES, *vocabulary.ALARM_CODES})
RobotType = TypeAliasType("RobotType", Annotated[str, _listed(list(ROBOT_TYPES))])
ErrorCode = TypeAliasType("ErrorCode", Annotated[str, _listed(list(ERRORS))])
JournalKind = TypeAliasType("JournalKind", Annotated[str, _listed(list(vocabulary.JOURNAL_KINDS))])
# Whatever has a sentence in the dashboard's catalogue.
Code = TypeAliasType("Code", Annotated[str, _listed(sorted(_CODES))])


class Reason(Answer):
    """Why something waits or failed, since when (fleet seconds)."""

    code: Code
    facts: Facts
    since: float

    @model_validator(mode="before")
    @classmethod
    def _known(cls, reason: Any) -> Any:
        """Tell a code that this program does not know, of a foreign robot or an old journal, as error.unknown."""
        if not isinstance(reason, ports.Reason) or reason.code in _CODES:
            return reason
        return ports.Reason("error.unknown", {**reason.facts, "error": reason.code[:100]}, reason.since)


class HeldBy(Answer):
    """Who keeps a robot or an order from going on: since when (fleet seconds), why (their words), as part of what."""

    user: str
    since: float
    text: str
    scope: PauseScope


class Problem(Answer):
    """Every refusal and failure: a code, and the facts that its sentence needs."""

    code: ErrorCode
    facts: Facts


class Words(Answer):
    """Vocabularies that other schemas name only in part; no route answers this."""

    wait: WaitCode
    robot_wait: RobotWait
    alarm: AlarmCode
    error: ErrorCode
    journal: JournalKind
