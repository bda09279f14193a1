"""The fleet manager as a ROS node: robot states in, orders out, services, and the API beside it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from std_msgs.msg import String

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.heap import imports_stay
from amr_core.roadmap import build_roadmap
from amr_core.site import archive, load_site, site_dir
from amr_core.watchdog import Watchdog
from amr_fleet import requests
from amr_fleet.camera_history import CameraHistory, own_frames
from amr_fleet.demos import demos_of
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import ConnectionLost, EngineFault, Notices, RobotMessage
from amr_fleet.domain.settings import Unit, load_settings
from amr_fleet.fleet_time import FleetTime
from amr_fleet.nodes.camera_port import CameraPort
from amr_fleet.nodes.camera_setup import CameraSetupPort
from amr_fleet.nodes.camera_silence import CameraFiles
from amr_fleet.nodes.camera_zones import tell_error
from amr_fleet.nodes.clocks import Clocks
from amr_fleet.nodes.connectors import start_connectors
from amr_fleet.nodes.doors import DoorPort
from amr_fleet.nodes.fleet_messages import beat_to_msg, evidence_from_msg, fleet_state_to_msg, tracks_from_msg
from amr_fleet.nodes.fleet_params import FleetParams
from amr_fleet.nodes.lifts import LiftPort
from amr_fleet.nodes.neighbours import Neighbours
from amr_fleet.nodes.robot_errands import ErrandPort
from amr_fleet.nodes.service_limits import ServiceLimits
from amr_fleet.nodes.told import Told
from amr_fleet.nodes.uav import UavPort, flight_site
from amr_fleet.nodes.web_side import Engine, WebSide, prepare_api
from amr_fleet.nodes.zone_board import ZoneBoard
from amr_fleet.ports import OrderRequest, TrackView
from amr_fleet.replay.recorder import PERIOD as RECORD_PERIOD
from amr_fleet.replay.recorder import recorder_of
from amr_fleet.sandbox.watch import TrialWatch
from amr_fleet.service import STEP_PERIOD, FleetService
from amr_fleet.store.copies import fits
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.where import is_postgresql
from amr_interfaces.msg import (
    CustodyEvidence,
    FleetBeat,
    FleetState,
    GroundTruth,
    InstantAction,
    Order,
    RobotState,
    TrackedObjects,
)
from amr_interfaces.srv import CancelOrder, CreateOrder, PauseRobots
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker
from amr_ros.vda5050 import instant_to_msg, order_to_msg, state_from_msg

_BEAT_PERIOD = 1.0  # s: a robot without a beat for 3 s stops at the next node, so two may be lost
_PATIENCE = 5.0  # s; a killed predecessor may take a moment to go
_TRACK_AGE = 2.0  # s: whoever was seen earlier is elsewhere by now; tracks come at 5 to 10 Hz
_ROS_USER = "ros"


class FleetNode(AmrNode):
    """Runs the fleet service in ticks; its thread is the one that owns the engine."""

    def __init__(self, name: str = "fleet", *, ticker: Ticker, **node_kwargs: Any) -> None:
        imports_stay()  # most of the objects that the start would look through again and again
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, FleetParams)
        settings = load_settings(self.params.settings)  # before the journal is owned: a typing error costs nothing
        self.site = load_site(self.params.site)
        self._site_version = archive.version(site_dir(self.params.site))
        self._roadmap = build_roadmap(self.site)
        self._units = self._choose_units()
        log = self.get_logger().warning
        evidence = self._evidence()
        self._store = JournalStore(self.params.database, evidence)
        if self.params.standby:
            self._stand_by()
        entries = self._store.own_and_read(math.inf if self.params.standby else _PATIENCE, site=self.site.id)
        flying = flight_site(self.params.site, self.params.uav)
        engine = FleetEngine(
            self._roadmap, self._units, journal=entries, settings=settings, leader=self._store.leader,
            trial_required=self.site.trial.required, doors=self._roadmap.doors, flight_site=flying,
            site_version=self._site_version,
        )  # fmt: skip
        self._time = FleetTime(entries[-1].t if entries else 0.0)
        self._clocks, self._watchdog = Clocks(), Watchdog()
        self._neighbours = Neighbours([unit.name for unit in self._units], self._publishers_of)
        watch = TrialWatch({unit.name: unit.type for unit in self._units}, entries)
        self.service = FleetService(
            engine, self._store, self._send, watch=watch, send_door=lambda told: self._doors.send(told),
            send_lift=lambda call: self._lifts.send(call), send_uav=lambda told: self._uav.send(told),
            tell_fault=self._tell_fault,
        )  # fmt: skip
        self._web = WebSide(self.params, log)
        self._keeper = self._store.keeper(self._blame_records, self._web.accounts)
        self._keeper.start()
        self.ignored: Counter[str] = Counter()
        self._limits = ServiceLimits(lambda: self.now)
        self._tracks: dict[str, tuple[float, tuple[TrackView, ...]]] = {}
        self._rtf = 1.0
        self._recorder = recorder_of(self._web.tracks, self.site, lambda error: self._ignore("tracks", error))
        self._camera_history = CameraHistory(
            self._web.cameras.write, self._web.cameras.read, lambda error: self._ignore("camera history", error)
        )
        self._connectors = start_connectors(self.params, self.site.id, self._store, self.service, log)
        names = [unit.name for unit in self._units]
        self._setup = CameraSetupPort(self)
        bays = {bay.id for bay in (*self.site.parking, *self.site.chargers)}
        self._errands = ErrandPort(self, names, bays, self._send, self.service.snapshot, self._ignore)
        self._engine = Engine(
            site=self.site, version=self._site_version, settings=settings, robots=tuple(names), service=self.service,
            journal=self._store, connectors=self._connectors, camera_desk=self._setup, robot_desk=self._errands,
        )  # fmt: skip
        trial, flight = self.params.demo_trial, self.params.demo_flight
        self._demos = demos_of(self.service, self.service.post, self.site, names, flying if flight else None, trial)
        self._wire()
        kinds = {unit.name: unit.type for unit in self._units}
        journal = (self._store, self.params.database)
        self._told = Told(self, self.params.neighbours, self.site, kinds, self.service.snapshot, journal)
        self._uav = UavPort(self, self.service, flying, self._ignore, lambda: self._web.photos)
        self._handles = [ticker.add(self.tick, STEP_PERIOD), ticker.add(self._beat, _BEAT_PERIOD)]
        self._handles += [ticker.add(self._record, RECORD_PERIOD), ticker.add(self._look_around, _BEAT_PERIOD)]

    def _stand_by(self) -> None:
        """Get ready for the moment in which the other fleet ends."""
        prepare_api(self.params)
        self.get_logger().info("standby: takes over when the fleet that owns the journal ends")

    def _choose_units(self) -> list[Unit]:
        known = {r.name: Unit(r.name, r.type, r.parking) for r in self.site.fleet}
        for name in self.params.robots:
            if name not in known:
                raise AmrError("robot.not_found", robot=name)
        return [known[name] for name in self.params.robots or known]

    def _wire(self) -> None:
        self._orders: dict[str, Any] = {}
        self._instants: dict[str, Any] = {}
        for robot in (unit.name for unit in self._units):
            self._orders[robot] = self.create_publisher(Order, f"/{robot}/order", qos.RELIABLE)
            self._instants[robot] = self.create_publisher(InstantAction, f"/{robot}/instant_action", qos.RELIABLE)
            self.create_subscription(RobotState, f"/{robot}/state", self._keep(self._on_state, robot), qos.RELIABLE)
            self.create_subscription(String, f"/{robot}/connection", self._keep(self._on_link, robot), qos.LATCHED)
            self.create_subscription(TrackedObjects, f"/{robot}/tracks", self._keep(self._on_tracks, robot), qos.SENSOR)
        self._beats = self.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)
        self.create_subscription(FleetBeat, "/fleet/beat", self._on_beat, qos.RELIABLE)
        self._states = self.create_publisher(FleetState, "/fleet/state", qos.RELIABLE)
        self._zone_board = ZoneBoard(self)
        doors = [door.id for door in self._roadmap.doors]
        self._doors = DoorPort(
            self, doors, self.params.fleet_id, self.service.post, partial(self._ignore, "doors"),
            self.get_logger().warning, [way.id for way in self._roadmap.doors if way.load_sensor],
        )  # fmt: skip
        self._lifts = LiftPort(
            self, self._roadmap.lifts, self.params.fleet_id, self.service.post, partial(self._ignore, "lifts"),
            self.get_logger().warning,
            leased=lambda lift: any(view.robot for view in self.service.snapshot().lifts if view.lift_id == lift),
        )  # fmt: skip
        self._cameras = CameraPort(
            self, self.site, self.service, lambda error: self._ignore("cameras", error), self.params.cameras,
            CameraFiles(self.params.site),
        )  # fmt: skip
        self.create_subscription(CustodyEvidence, "/custody/evidence", self._on_evidence, qos.RELIABLE)
        self.create_subscription(GroundTruth, "/sim/ground_truth", self._on_ground_truth, qos.SENSOR)
        self.create_service(CreateOrder, "/fleet/create_order", self._on_create)
        self.create_service(CancelOrder, "/fleet/cancel_order", self._on_cancel)
        self.create_service(PauseRobots, "/fleet/pause_robots", self._on_pause)

    @staticmethod
    def _keep(handle: Callable[[str, Any], None], robot: str) -> Callable[[Any], None]:
        return lambda message: handle(robot, message)

    def destroy_node(self) -> None:
        """Stop the API, close the journal, remove the node."""
        for handle in self._handles:
            self.ticker.remove(handle)
        self._told.close()
        self._uav.close()
        self._web.close()
        self._recorder.close(self.now)
        self._camera_history.close()
        self._connectors.close()
        self._web.close_tracks()
        for part in (self._keeper, self._store, self._watchdog):
            part.close()
        super().destroy_node()

    # Messages -----------------------------------------------------------------------------------------------------

    def _on_state(self, robot: str, message: Any) -> None:
        try:
            state = state_from_msg(message, robot)
            self.service.post(state)
            self._errands.heard(state)
        except AmrError as error:
            self._ignore(robot, error)
        self._neighbours.reported(self.now, robot, message.instance_id)
        if message.header.stamp.sec:
            self._clocks.reported(robot, self.now - from_stamp(message.header.stamp))

    def _on_link(self, robot: str, message: Any) -> None:
        if message.data == "OFFLINE":
            self.service.post(ConnectionLost(robot))

    def _on_beat(self, message: Any) -> None:
        self._neighbours.heard(self.now, message)

    def _publishers_of(self, topic: str) -> list[tuple[str, str]]:
        return [(one.node_name, one.node_namespace) for one in self.get_publishers_info_by_topic(topic)]

    def _on_tracks(self, robot: str, message: Any) -> None:
        self._tracks[robot] = (self.now, tracks_from_msg(message))

    def _on_evidence(self, message: Any) -> None:
        """Hand what was read on a load to the engine; a reading that belongs to no order is counted and said."""
        tell_error(self.service.ask(evidence_from_msg(message)), partial(self._ignore, "evidence"))

    def _on_ground_truth(self, message: Any) -> None:
        self._rtf = float(message.rtf)

    def _ignore(self, robot: str, error: AmrError) -> None:
        if count := self._rarely(robot):
            self.get_logger().warning(f"{error} ({count} ignored)")

    def _rarely(self, what: str) -> int:
        """Count, and return the count when it is to be told: a broken robot must not fill the log."""
        self.ignored[what] += 1
        count = self.ignored[what]
        return count if count & (count - 1) == 0 else 0  # 1, 2, 4, 8, ...

    def _tell_fault(self, fault: EngineFault) -> None:
        if count := self._rarely(f"fault {fault.ref}"):
            about = " ".join(filter(None, (fault.part, fault.robot, fault.order_id)))
            self.get_logger().error(f"fault {fault.ref} in {about} ({count} so far): {fault.error}\n{fault.trace}")

    # Services: the step at the same fleet time answers at once, since this thread owns the engine --------------------

    def _on_create(self, request: Any, response: Any) -> Any:
        wish = OrderRequest(
            pick_place=request.pick_place, drop_place=request.drop_place, reference=request.reference,
            load_id=request.load_id, priority=request.priority, deadline=request.deadline, user=_ROS_USER,
        )  # fmt: skip
        order = self._settle(self._limits.create, request, requests.CreateOrder(order=wish), response)
        if order is not None:
            response.order_id = order.order_id
        return response

    def _on_cancel(self, request: Any, response: Any) -> Any:
        cancel = requests.CancelOrder(order_id=request.order_id, mode="before_pick", user=_ROS_USER)
        self._settle(self._limits.cancel, request, cancel, response)
        return response

    def _on_pause(self, request: Any, response: Any) -> Any:
        pause = requests.SetPaused(
            robots=tuple(request.robots), pause=request.pause, text=request.text, user=_ROS_USER,
            instead_of=tuple(request.instead_of), unloaded=request.unloaded,
        )  # fmt: skip
        self._settle(self._limits.pause, request, pause, response)
        return response

    def _settle(self, check: Callable[[Any], None], request: Any, asked: requests.FleetRequest, response: Any) -> Any:
        """Check a request, have the engine answer what is asked, and say in the response what came of it."""
        try:
            if not self.now:  # no tick came yet: counted from 0, fleet time would leap with the first one
                raise AmrError("fleet.no_answer", seconds=0)
            check(request)
        except AmrError as error:
            response.accepted, response.code, response.facts = False, error.code, error.facts_json
            return None
        future: Future[Any] = self.service.ask(asked)
        self._step(self.now)
        try:
            result = future.result(timeout=0)
        except TimeoutError:
            response.accepted, response.code, response.facts = False, "fleet.no_answer", '{"seconds": 0}'
            return None
        except AmrError as error:
            response.accepted, response.code, response.facts = False, error.code, error.facts_json
            return None
        response.accepted = True
        return result

    # Ticks --------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """One step of the engine."""
        if self._web.error is not None:
            raise self._web.error
        seen = {robot: tracks for robot, (t, tracks) in self._tracks.items() if now - t < _TRACK_AGE}
        self.service.set_tracks(seen, self._rtf)
        self.service.set_cameras(self._cameras.look())
        self._setup.step()
        self._errands.step(now)
        self._uav.look(now, seen)
        self._doors.look()
        self._step(now)
        for demo in self._demos:
            demo.step(self.service.snapshot().t)
        self._web.begin(self._engine)

    def _step(self, now: float) -> None:
        clock = self.ticker.clock
        self.service.advance(self._time.at(now, None if clock is None else clock.offset))
        self._watchdog.step()

    def _look_around(self, now: float) -> None:
        """Tell the engine what is wrong around it, for the alarms."""
        notices = dict(self._neighbours.look(now)) | dict(self._cameras.notices())
        if self.ticker.clock is not None:
            notices |= self._clocks.notices(self._time.behind)
        self.service.post(Notices(notices))

    def _record(self, _now: float) -> None:
        snapshot = self.service.snapshot()
        self._recorder.add(snapshot)
        self._camera_history.look([*snapshot.cameras, *own_frames(snapshot.robots)], snapshot.t)

    def _beat(self, _now: float) -> None:
        try:
            self._store.alive()  # before robots are told that this fleet leads them
        except AmrError as error:
            if error.code != "store.failed":
                raise
            self.service.storage_failed(error)
            if not self._store.local:
                return  # another fleet may have taken over: robots that hear no beat stop at the next node
        beat = beat_to_msg(self._store.leader, self.params.fleet_id, self.stamp())
        self._neighbours.sent(beat.stamp)
        self._beats.publish(beat)
        self._doors.beat(self.service.snapshot().doors)
        self._zone_board.say(self.service.snapshot().zones)
        self._states.publish(fleet_state_to_msg(self.service.snapshot(), self.stamp()))

    def _send(self, command: RobotMessage) -> None:
        command = replace(command, leader=self._store.leader)
        if isinstance(command, vda5050.Order):
            self._orders[command.robot].publish(order_to_msg(command, self.stamp()))
        else:
            self._instants[command.robot].publish(instant_to_msg(command, self.stamp()))

    def _evidence(self) -> Path | None:
        """Return the folder of key and marks, None = beside a journal file; made where it is not there.

        Raises evidence.bad_key when a standby could not take over with it.
        """
        folder = Path(self.params.evidence) if self.params.evidence else None
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif is_postgresql(self.params.database):
            self.get_logger().warning("no folder for evidence: nobody notices what is lost or rewritten (evidence:=)")
        if self.params.standby:
            fits(self.params.database, folder)
        return folder

    def _blame_records(self, error: AmrError) -> None:
        """Say what is wrong with the records (any thread); what is known to be lost stops the fleet."""
        self.get_logger().error(str(error))
        if error.code in ("store.gap", "store.damaged"):
            self._web.error = error
