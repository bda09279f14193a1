"""While nothing can be written: what one step decided waits here, and so does what robots and others say meanwhile.

The engine's state is ahead of the journal by that one step. Nothing of it leaves the process before its entries are
in the journal; nobody asks the engine anything new until then. After that all goes on where it stood. Only an aircraft
in the air, which nobody supervises meanwhile, is called home without an entry, and a robot that somebody stops stands
at once: the engine hears of it when it goes on, and writes it down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from amr_core.errors import AmrError
from amr_core.vda5050 import InstantAction, RobotState
from amr_fleet.domain.events import (
    Ask,
    BeltReport,
    ConnectionLost,
    DoorReport,
    DoorSession,
    Event,
    FireGone,
    FireInput,
    LiftReport,
    Notices,
    PeopleSeen,
    ShelfRead,
    StepResult,
    StorageBack,
    UavCommand,
    UavReport,
)
from amr_fleet.domain.flight_book import IN_THE_AIR
from amr_fleet.domain.flight_desk import TELL_S
from amr_fleet.flight_views import FlightsView
from amr_fleet.requests import SetPaused
from amr_uav.gate import LINK_S

RETRY = 0.5
"""s (real) between two tries to write."""
STOP_AGAIN = 2.0
"""s (real) until a robot that does not say that it stands is told again."""
HOME_S = LINK_S
"""s (real) after which an aircraft in the air is called home: as long as it flies on without hearing the fleet."""
MOST_READINGS = 5000
LATE = ("hold", "return", "land")
"""What an aircraft may be told late; all else was decided for a moment that is over."""


@dataclass
class Outbox:
    """One stretch of trouble. began, retry_at: real s; held: the step that is not written yet, None = none was made.

    told_at: when an aircraft was called home last.
    """

    error: AmrError
    began: float
    held: StepResult | None = None
    retry_at: float = 0.0
    told_at: float = -1e9
    stopped: dict[str, float] = field(default_factory=dict)
    """Robots that somebody stopped meanwhile, or the step that waits stopped, and when each was told last."""
    _missed: dict[tuple[str, ...], Event] = field(default_factory=dict)
    _readings: dict[tuple[str, str], ShelfRead] = field(default_factory=dict)

    def hold(self, result: StepResult) -> None:
        """Keep a step that is not written. Whom its last word stops stands now, not when there is room again."""
        self.held = result
        for told in result.commands:
            if isinstance(told, InstantAction) and told.action_type == "startPause":
                self.stopped[told.robot] = -1e9
            elif isinstance(told, InstantAction) and told.action_type == "stopPause":
                self.stopped.pop(told.robot, None)

    def keep(
        self, events: Sequence[Event], robots: Collection[str], answer: Callable[[int, AmrError | None], None]
    ) -> None:
        """Keep the newest word of each robot, machine, aircraft and contact, its last pressed stop, what was read.

        answer(token, error): called for each request; all but a stop of robots, which are all there are, are refused.
        """
        for event in events:
            name = type(event).__name__
            match event:
                case Ask(token=token, request=request):
                    answer(token, self._asked(request, robots))
                case RobotState(robot=who, e_stop="MANUAL" | "REMOTE"):  # a person releases it, though it was reset
                    self._put((name, who, "stop"), event)
                case (
                    RobotState(robot=who) | ConnectionLost(robot=who) | DoorReport(door=who) | LiftReport(lift=who)
                    | BeltReport(conveyor=who) | FireGone(source=who)
                ):  # fmt: skip
                    self._put((name, who), event)
                case UavReport(telemetry=told):
                    self._put((name, told.vehicle), event)
                case FireInput(source=source, on=on):  # one that was on is an alarm, though it went off since
                    self._put((name, source, str(on)), event)
                case DoorSession(requester=requester, door=door):
                    self._put((name, requester, door), event)
                case Notices() | PeopleSeen():
                    self._put((name,), event)
                case ShelfRead(flight_id=flight, reading=reading):
                    if len(self._readings) < MOST_READINGS:
                        self._readings.setdefault((flight, reading.cell), event)
                case StorageBack():
                    pass

    def _asked(self, stop: object, robots: Collection[str]) -> AmrError | None:
        """Take in that somebody stops robots; return why it, or whatever else is asked, is refused."""
        if not isinstance(stop, SetPaused) or not stop.pause:
            return self.error
        for name in stop.robots:
            if name not in robots:
                return AmrError("robot.not_found", robot=name[:128])
        for name in stop.robots or robots:
            self.stopped.setdefault(name, -1e9)
        self._put(("SetPaused", stop.user, *stop.robots), Ask(0, stop))  # answered already: 0 is nobody's
        return None

    def stops(self, now: float) -> list[InstantAction]:
        """Return what stopped robots are told at real time now (s), again while they do not say that they stand."""
        said, told = self.reports(), list[InstantAction]()
        for name, at in self.stopped.items():
            stands = name in said and said[name].paused
            if now - at >= STOP_AGAIN and not (stands and at > 0.0):
                self.stopped[name] = now
                told.append(InstantAction(name, "startPause", f"startPause-{name}-{now:.2f}"))
        return told

    def late(self, held: StepResult) -> StepResult:
        """Return a step whose entries were written late, without what no longer holds.

        An order to fly is given again by the engine, if it still holds. Nobody lets a robot go on that was stopped
        meanwhile.
        """
        flights = [told for told in held.flights if told.command in LATE]
        commands = [
            told
            for told in held.commands
            if not (isinstance(told, InstantAction) and told.action_type == "stopPause" and told.robot in self.stopped)
        ]
        return replace(held, flights=flights, commands=commands)

    def call_home(self, now: float, flights: FlightsView | None) -> list[UavCommand]:
        """Return what aircraft are told at real time now (s): to come home, while nobody supervises them."""
        if flights is None or now - self.began < HOME_S or now - self.told_at < TELL_S:
            return []
        self.told_at = now
        flying = [flight.flight_id for flight in flights.flights if flight.state in IN_THE_AIR]
        return [UavCommand(flights.vehicle, "return", flight_id) for flight_id in flying]

    def _put(self, key: tuple[str, ...], event: Event) -> None:
        self._missed.pop(key, None)  # the order in which they came counts
        self._missed[key] = event

    def reports(self) -> dict[str, RobotState]:
        """Return the newest report of each robot that spoke meanwhile."""
        return {event.robot: event for event in self._missed.values() if isinstance(event, RobotState)}

    def over(self, now: float) -> list[Event]:
        """Return what the engine has to hear first when it goes on at real time now (s)."""
        reason = str(self.error.facts.get("reason", self.error.code))[:200]
        return [StorageBack(reason, round(now - self.began, 1)), *self._missed.values(), *self._readings.values()]
