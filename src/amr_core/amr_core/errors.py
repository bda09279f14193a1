"""One error tree: every error carries a code and facts, and the same code reaches API, log and dashboard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Fact = str | int | float | bool | None

# code -> (HTTP status, English sentence). Vietnamese texts live in the dashboard's catalogue under the same code.
ERRORS: Mapping[str, tuple[int, str]] = {
    "site.unreadable": (400, "The site file cannot be read: {reason}"),
    "site.invalid": (400, "The site file is not valid at {where}: {reason}"),
    "site.not_built": (
        400,
        "{file} of site {site} is missing or stale, and cannot be written ({reason}); call `amr site build {site}` "
        "as somebody who may write there",
    ),
    "site.unknown": (404, "There is no site called {site}; known sites: {known}"),
    "site.lane_through_wall": (400, "Lane {lane} runs through {obstacle} near ({x}, {y})"),
    "site.lint": (400, "The site has {count} lint errors; first: {first}"),
    "map.mismatch": (400, "The map image {image} does not match its YAML: {reason}"),
    "run.robot_count": (400, "{count} robots: this site takes {minimum} to {maximum}"),
    "run.bad_option": (400, "{option} = {value} is not possible: {reason}"),
    "assistant.no_proposal": (404, "there is no such proposal for this person, or it was used"),
    "assistant.expired": (409, "the proposal is older than 60 s"),
    "assistant.changed": (409, "the fleet has changed since the proposal"),
    "assistant.no_answer": (404, "there is no such answer to this person in the last hours"),
    "assistant.no_model": (404, "this fleet has no language model"),
    "assistant.model_failed": (502, "the language model gave no proper answer: {reason}"),
    "assistant.bad_file": (400, "{path} cannot be read: {reason}"),
    "command.not_installed": (
        501,
        "{command} needs the package {package}: make setup in a checkout, or colcon build --packages-up-to {package}",
    ),
    "run.port_taken": (409, "Port {port} is already in use; choose another with --port"),
    "run.crashed": (500, "The process {process} crashed {count} times; its last words are in {log}"),
    "launch.ended": (500, "{process} ended ({reason}), and nothing goes on without it: {cure}"),
    "launch.unknown_argument": (400, "{file} has no argument {argument}; did you mean {nearest}?"),
    "gazebo.silent": (500, "Gazebo: {what} was not heard for {seconds} s: {cure}"),
    "launch.world": (500, "Gazebo: the world file {file} cannot be used: {reason}"),
    "launch.nav2": (500, "Nav2 of {robot} does not start: {reason}; {cure}"),
    "ros.missing": (501, "{missing} is not here: {cure}"),
    "order.unknown_place": (422, "There is no place called {place} on this site"),
    "order.same_place": (422, "Pick and drop are the same place: {place}"),
    "order.unreachable": (422, "There is no way for any robot from {pick} to {drop}"),
    "order.too_heavy": (422, "The load weighs {weight} kg, the robots that may take it carry up to {most} kg"),
    "order.not_found": (404, "There is no order {order_id}"),
    "order.finished": (409, "Order {order_id} is already {state}"),
    "order.load_on_board": (409, "Order {order_id} has its load on board and must be delivered"),
    "order.invalid": (422, "The order is not valid at {where}: {reason}"),
    "order.unknown_cutoff": (404, "There is no cut-off group {cutoff}"),
    "order.at_pick": (409, "Order {order_id} can no longer be taken off {robot}: it is entering the pick station"),
    "cargo.bad_sscc": (422, "{value} is not a pallet number (SSCC, 18 digits); its check digit should be {expected}"),
    "cargo.bad_container": (422, "{value} is not a container number (ISO 6346); its check digit should be {expected}"),
    "cargo.busy": (409, "Load {load_id} is already being moved by order {order_id}"),
    "cargo.not_found": (404, "There is no load {load_id}"),
    "work.wrong_place": (409, "Order {order_id} neither picks nor drops at {place}"),
    "work.not_now": (409, "{said} cannot be said of order {order_id}, which is {state}"),
    "photo.unreadable": (422, "The picture cannot be used: {reason}"),
    "work.call_old": (409, "That call is older than {minutes} minutes"),
    "photo.gone": (404, "There is no such picture, or it was deleted: pictures are kept for {days} days"),
    "photo.not_kept": (503, "No picture can be kept now: {reason}"),
    "cargo.on_robot": (409, "Load {load_id} is on robot {robot} and can no longer be held"),
    "cutoff.in_use": (409, "Open orders still belong to {cutoff}, for one {order_id}"),
    "book.not_found": (404, "There is no {kind} called {name}"),
    "visit.not_found": (404, "There is no visit {visit}"),
    "visit.name_taken": (409, "Another visit is called {name}"),
    "robot.moving": (409, "Robot {robot} is moving; pause it and wait until it stands"),
    "robot.has_order": (409, "Robot {robot} is working on order {order_id}"),
    "robot.unavailable": (409, "Robot {robot} cannot drive now"),
    "robot.no_way": (409, "Robot {robot} finds no way to {node}"),
    "robot.no_charger": (409, "No charger is free for robot {robot}"),
    "robot.no_load": (409, "Robot {robot} has no load on board"),
    "robot.e_stop_active": (409, "The emergency stop of {robot} is still active ({kind}); reset it at the robot first"),
    "import.bad_table": (422, "The list cannot be read: {reason}"),
    "robot.not_found": (404, "There is no robot {robot}"),
    "robot.lost": (503, "Robot {robot} does not know where it is"),
    "robot.offline": (503, "Robot {robot} has not reported for {seconds} s"),
    "zone.invalid": (422, "The zone is not valid at {where}: {reason}"),
    "zone.not_found": (404, "There is no zone {zone}"),
    "flight.none": (404, "No aircraft flies at this site"),
    "flight.not_found": (404, "There is no flight {flight}"),
    "flight.site_invalid": (400, "flight.yaml of the site is not valid at {where}: {reason}"),
    "flight.invalid": (422, "The flight is not valid at {where}: {reason}"),
    "flight.too_high": (422, "The flight needs {height} m of height; {ceiling} m are allowed"),
    "flight.no_fly": (422, "The flight, or its way home, would pass through {volume}, where nobody may fly"),
    "flight.wrong_state": (409, "Flight {flight} is {state}: that is not possible now"),
    "flight.no_difference": (404, "Flight {flight} has no difference {number}"),
    "flight.no_permit": (409, "There is no permit to fly"),
    "flight.permit_expired": (409, "Permit {number} ends before the flight would"),
    "flight.permit_area": (409, "Permit {number} does not cover the whole flight"),
    "flight.not_registered": (409, "The permit names no registered aircraft"),
    "flight.fire": (409, "There is a fire alarm"),
    "flight.not_checked": (409, "The pilot's checklist is not filled in, or is older than 30 min"),
    "flight.no_pilot": (409, "There is no pilot with an instrument licence, which a pre-set programme needs"),
    "flight.wind": (409, "The wind is {wind} m/s; {limit} m/s are the limit"),
    "flight.rain": (409, "It rains"),
    "flight.not_cleared": (409, "Nobody has said that people are away from the flight"),
    "flight.no_link": (409, "The aircraft is not heard"),
    "flight.no_position": (409, "The aircraft does not know where it is"),
    "flight.not_landed": (409, "The aircraft is in the air"),
    "flight.off_pad": (409, "The aircraft does not stand on its pad"),
    "flight.battery": (409, "The battery has {percent} %; the flight needs {needed} %, with what must be spare"),
    "flight.volume_taken": (409, "Flight {flight} has the air already"),
    "flight.people_unknown": (409, "Nobody sees whether people are there"),
    "flight.people": (409, "{count} people are too near to the flight"),
    "flight.people_zone": (409, "A camera sees people, or nothing, below the flight: {zone}"),
    "flight.home_taken": (409, "Somebody or something is on the pad"),
    "flight.robot_under": (409, "Robot {robot} is below the flight"),
    "alarm.not_found": (404, "There is no open alarm {alarm}"),
    "report.bad_period": (422, "{period} is no reporting period: write 2027-01, 2027-Q1, 2027-H1 or 2027"),
    "report.unknown_obstacle": (404, "There is no obstacle {obstacle}"),
    "report.wrong_step": (409, "The report of {period} is {state}: {step} is not possible now"),
    "report.same_person": (409, "{user} handed in the report of {period}: another person has to sign it"),
    "report.not_written": (507, "{path} was not written: {reason}"),
    "report.not_ours": (422, "{file} carries no data of a periodic report: {reason}"),
    "report.no_day": (
        422,
        "The journal is of a simulation, whose clock begins at 0: say on which day with --simulated-from 2027-01-01",
    ),
    "report.too_large": (422, "The report takes more than {seconds} s or {mebibytes} MiB; choose a shorter period"),
    "report.invalid": (422, "A report from {begin} to {end} is not possible: {reason}"),
    "nav.failed": (500, "Navigation failed with Nav2 error {nav2_code} at {node}"),
    "nav.file": (400, "The file {file} cannot be used: {reason}"),
    "nav2.unknown_node": (400, "Nav2 has no node {where}: {reason}"),
    "nav2.unknown_parameter": (400, "Nav2 does not know {where}: {reason}"),
    "nav2.wrong_type": (400, "{where} has the wrong type: {reason}"),
    "nav2.no_plugin": (400, "There is no such plugin at {where}: {reason}"),
    "nav2.unfit": (400, "{where} does not fit: {reason}"),
    "nav2.missing": (400, "{where} is missing: {reason}"),
    "nav.dock_failed": (500, "Docking at {station} failed with Nav2 error {nav2_code}"),
    "load.failed": (500, "Handling load {load_id} failed with code {load_code}"),
    "agent.order_rejected": (409, "The robot refuses order {order_id}: {reason}"),
    "agent.foreign_fleet": (
        403,
        "Fleet {fleet} (process {epoch}) is refused: the robot obeys {obeys} (process {obeys_epoch}) until it is "
        "released",
    ),
    "agent.fleet_silent": (503, "The robot has heard nothing from the fleet for {seconds} s"),
    "auth.required": (401, "Please log in"),
    "auth.wrong": (401, "User name or password is wrong"),
    "auth.forbidden": (403, "The role {role} may not do this"),
    "auth.locked": (429, "Too many wrong log-ins; try again in {seconds} s"),
    "auth.busy": (503, "Too many people log in at the same moment; try again in a few seconds"),
    "auth.change_password": (403, "Change the password that you were given first"),
    "auth.code_needed": (401, "Type the code of the authenticator app, or a recovery code"),
    "auth.code_wrong": (401, "The code is wrong, too old, or was used already"),
    "auth.code_set_up": (403, "The role {role} needs a two-step log-in: set it up first"),
    "auth.code_on": (409, "The two-step log-in is on already"),
    "auth.code_off": (409, "The two-step log-in is off"),
    "auth.code_begin": (409, "The set-up took too long, or the server was started again: begin anew"),
    "auth.no_device": (403, "A PIN works only on a tablet that an administrator has enrolled"),
    "user.not_found": (404, "There is no user {user}"),
    "user.exists": (409, "There is already a user {user}"),
    "user.last_admin": (409, "{user} is the last administrator"),
    "user.no_pin": (409, "The role {role} may not use a PIN"),
    "request.invalid": (422, "The request is not valid at {where}: {reason}"),
    "request.bad_host": (421, "This server does not answer under the name {host}"),
    "request.too_many": (429, "Too many requests from here; try again in {seconds} s"),
    "request.too_slow": (408, "The request did not arrive within {seconds} s"),
    "request.not_found": (404, "There is nothing at {path}"),
    "escalation.not_found": (404, "Nobody is told that way: {channel} {person}"),
    "webhook.secret": (400, "The secret of webhook {target} cannot be used: {reason}"),
    "webhook.address": (400, "Nothing is sent to {host}: {reason}"),
    "webhook.not_found": (404, "There is no such webhook or dead letter: {target}"),
    "oidc.off": (404, "Nobody logs in over a provider here"),
    "oidc.elsewhere": (409, "Log in over the provider at {url}"),
    "oidc.provider": (502, "The provider of log-ins cannot be asked just now: {reason}"),
    "oidc.refused": (403, "The log-in of the provider was not accepted: {reason}"),
    "oidc.no_role": (403, "The provider gives {user} no role here"),
    "oidc.name_taken": (
        409,
        "There is an account {user} already: its owner logs in with the password and links it",
    ),
    "oidc.removed": (403, "The account of {user} was removed: an administrator makes one with a password"),
    "oidc.linked": (409, "That person is linked to the account {user} already"),
    "oidc.not_linked": (409, "The account {user} is not linked with the provider"),
    "syslog.not_found": (404, "There is no such log server: {receiver}"),
    "syslog.failed": (502, "The log server {receiver} cannot be told: {reason}"),
    "drop.bad_file": (400, "The file cannot be taken: {reason}"),
    "drop.bad_segment": (400, "Segment {segment} is wrong: {reason}"),
    "drop.bad_row": (400, "The row is wrong: {reason}"),
    "fire.none": (404, "There is no fire alarm"),
    "fire.still_on": (409, "The fire alarm cannot be ended: the input {source} is still on"),
    "idempotency.bad_key": (400, "The Idempotency-Key cannot be used: {reason}"),
    "idempotency.other_body": (422, "The Idempotency-Key {key} was used for another request"),
    "idempotency.running": (409, "The request with this Idempotency-Key is still at work after {seconds} s"),
    "idempotency.not_kept": (
        409,
        "The request with the Idempotency-Key {key} was done; its answer held a secret and is not kept",
    ),
    "fleet.no_answer": (503, "The fleet has not answered within {seconds} s"),
    "parameter.invalid": (400, "Parameter {name} of node {node} is not valid: {reason}"),
    "message.invalid": (400, "A message on {topic} is not valid: {reason}"),
    "vda.version": (400, "VDA 5050 {version} is not a version that is spoken here exactly"),
    "vda.retained": (400, "A kept message on {topic} is ignored: nobody knows from when it is"),
    "vda.address": (400, "A message on {topic} says that it is from {manufacturer}/{serial}"),
    "vda.names": (409, "The robot takes ids of {length} characters, and {count} were needed"),
    "vda.reported": (500, "The robot reports {type}: {description}"),
    "vda.clock_skew": (503, "The robot's clock is {seconds} s behind"),
    "vda.duplicate_identity": (409, "Two robots use one name; neither gets orders"),
    "vda.address_changed": (503, "The robot's network address changed from {before} to {address}"),
    "vda.deaf": (503, "The robot does not confirm its order"),
    "vda.factsheet_unfit": (
        409,
        "Its factsheet says {field} {told}, and for a {type} only {expected} is kept free: it gets no orders",
    ),
    "vda.factsheet_margin": (
        409,
        "Its factsheet says {field} {told}, and a {type} has {expected}: the margin around it is smaller than wanted",
    ),
    "vda.factsheet_differs": (409, "Its factsheet says {field} {told}, and a {type} of this site has {expected}"),
    "vda.factsheet_requires": (409, "Its factsheet requires {parameter}, which is never sent: it gets no orders"),
    "vda.factsheet_unread": (400, "Its factsheet cannot be read: {reason}"),
    "vda.map_missing": (409, "The robot has not enabled version {version} of map {map_id}"),
    "vda.map_wrong": (409, "The robot says that it is on map {map_id}, and it can only be on {expected}"),
    "vda.factsheet_ability": (409, "Its factsheet does not name the action {action}, which orders need"),
    "lif.invalid": (422, "The layout cannot be used at {where}: {reason}"),
    "enrol.off": (409, "This server enrols no robots: start it with enrolment:=FOLDER"),
    "enrol.code": (403, "The code is wrong, used or too old"),
    "enrol.request": (422, "The request for a certificate cannot be used: {reason}"),
    "enrol.certificate": (403, "The certificate cannot be renewed: {reason}"),
    "enrol.none": (404, "The robot {robot} has no certificate that could be revoked"),
    "enrol.server": (502, "The server {server} cannot be used to enrol: {reason}"),
    "site.restart": (409, "The server's site files have changed since it started: restart the server first"),
    "site.archive": (422, "The site files cannot be used: {reason}"),
    "mqtt.unreachable": (503, "The MQTT broker {broker} cannot be reached: {reason}"),
    "record.failed": (503, "Nothing can be recorded in {folder}: {reason}"),
    "door.no_pymodbus": (
        501,
        "Doors over Modbus TCP need pymodbus, the extra `doors`: make setup-doors in a checkout, or "
        "pip install pymodbus",
    ),
    "extra.not_installed": (
        501,
        "{what} needs the extra `{extra}`: make setup-{extra} in a checkout, "
        "or pip install -r requirements/{extra}.lock",
    ),
    "dataset.no_pyarrow": (
        501,
        "A dataset needs pyarrow, the extra `dataset`: make setup-dataset in a checkout, or pip install pyarrow",
    ),
    "dataset.period": (422, "{period} is no period: {reason}"),
    "dataset.empty": (404, "The journal has nothing in {period}; it covers {span}"),
    "dataset.exists": (409, "There is something in {folder} already; a release is never written over"),
    "dataset.busy": (409, "Another export writes {folder} just now"),
    "dataset.key": (422, "The key of the pseudonyms cannot be used: {reason}"),
    "dataset.changed": (409, "{file} of the dataset: {reason}"),
    "dataset.gate": (409, "The release cannot be written down: {reason}"),
    "dataset.failed": (503, "The dataset could not be written, and nothing of it is left: {reason}"),
    "model.missing": (503, "The model {model} is not in {folder}; run make models"),
    "model.wrong": (503, "The model {model} is not the one that was tested: {sha256}, expected {expected}"),
    "camera.bad_setup": (422, "The setup of camera {camera} is refused at {where}: {reason}"),
    "camera.setup_off": (409, "Camera {camera} cannot be set up: the program for it does not run"),
    "camera.not_written": (409, "{file} of the site cannot be written: {reason}"),
    "camera.changed": (409, "The setup of camera {camera} was changed in the meantime: load it anew"),
    "camera.nothing_before": (409, "There is nothing to take back for camera {camera}"),
    "layout.changed": (409, "The draft was saved elsewhere in the meantime: load that one"),
    "layout.has_errors": (422, "The draft has {count} errors: mend them first"),
    "layout.too_long": (503, "The draft could not be worked out within {seconds} s"),
    "calibration.bad": (422, "The calibration is refused: {reason}"),
    "store.failed": (503, "The journal cannot be written: {reason}"),
    "store.in_use": (503, "Another fleet process owns this journal: {by}"),
    "store.fenced": (503, "Another fleet process took this journal over; this one may no longer write"),
    "store.damaged": (500, "The records are not what was written ({count} faults); first: {first}"),
    "store.gap": (500, "The records lost their last {lost} entries; first fault: {first}"),
    "store.not_empty": (409, "There are records in {where} already; restore into an empty place"),
    "security.keystore": (409, "The keystore {folder} cannot be used: {reason}"),
    "evidence.bad_key": (500, "The key that signs the records cannot be used: {reason}"),
    "evidence.bad_note": (422, "The signed checkpoint is not valid: {reason}"),
    "sandbox.bad_file": (400, "The file {path} cannot be read: {reason}"),
    "sandbox.invalid": (422, "The trial is not valid at {where}: {reason}"),
    "sandbox.self_crossing": (422, "The polygon {where} crosses itself at ({x}, {y})"),
    "sandbox.outside_site": (422, "The polygon {where} is not on this site"),
    "sandbox.unknown_name": (422, "{where}: this site has nothing called {name}"),
    "sandbox.time_zone": (422, "{where} = {value} is not in the site's time zone {zone}"),
    "sandbox.time_order": (422, "The permit ends ({end}) before it begins ({begin})"),
    "sandbox.overlap": (409, "Trial {trial} is for the same floor at the same time as {other}"),
    "sandbox.incomplete": (422, "Trial {trial} lacks {missing}"),
    "sandbox.not_found": (404, "There is no trial {trial}"),
    "sandbox.wrong_state": (409, "Trial {trial} is {state}; it cannot become {to}"),
    "sandbox.second_person": (409, "Another person than {user} has to confirm this for trial {trial}"),
    "sandbox.authority": (409, "The authority suspended trial {trial}: the authority has to take part in this"),
    "sandbox.running": (409, "Trial {other} governs this site already"),
    "sandbox.outside": (409, "Robot {robot} stands outside the area of trial {trial}"),
    "sandbox.moving": (409, "Robot {robot} drives; pause all robots and wait until they stand"),
    "sandbox.out_of_time": (409, "Trial {trial} is not within its time: it begins {begin} and ends {end}"),
    "sandbox.duties": (409, "Trial {trial}: no proof yet for {duties}"),
    "sandbox.bad_dossier": (422, "The dossier {path} cannot be used: {reason}"),
    "traffic.unreadable": (400, "The file {file} cannot be read: {reason}"),
    "traffic.invalid": (400, "The file {file} is not a valid problem: {reason}"),
    "error.unknown": (500, "An error that this program does not know: {error}"),
    "internal": (500, "Internal error: {reason}"),
}


class AmrError(Exception):
    """An error with a code from ERRORS and the facts its sentence needs."""

    def __init__(self, code: str, /, **facts: Fact) -> None:
        """Positional: a fact may have any name, code among them."""
        self.code = code
        self.facts: dict[str, Fact] = facts
        super().__init__(f"[{code}] {self.sentence}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes it goes as its code and facts."""
        return _again, (self.code, self.facts)

    @property
    def http_status(self) -> int:
        """The HTTP status that the API answers with."""
        return ERRORS[self.code][0]

    @property
    def sentence(self) -> str:
        """The English sentence with the facts filled in."""
        return ERRORS[self.code][1].format_map(_Facts(self.facts))

    @property
    def facts_json(self) -> str:
        """The facts as a JSON object."""
        return json.dumps(self.facts, ensure_ascii=False)


def _again(code: str, facts: dict[str, Fact]) -> AmrError:
    return AmrError(code, **facts)


class _Facts(dict[str, Fact]):
    def __missing__(self, key: str) -> str:
        return "?"
