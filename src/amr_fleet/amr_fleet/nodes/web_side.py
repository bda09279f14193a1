"""API and dashboard of the fleet node: a thread of its process, or a process of their own (parameter api_process)."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_core.whole_files import write_private
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.keeper import ApiKeeper
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.camera_desk import CameraDesk
from amr_fleet.camera_history import MAX_BYTES as CAMERA_BYTES
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.nodes.connectors import Connectors
from amr_fleet.nodes.fleet_files import first_password_path, layouts_path, photos_path, tracks_path, users_place
from amr_fleet.nodes.fleet_params import FleetParams
from amr_fleet.ports import FleetPort
from amr_fleet.robot_desk import RobotDesk
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import open_tracks

MEMORY = ":memory:"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What the node has: site and settings as it works with them, its robots, its journal, what it started."""

    site: Site
    version: str
    settings: FleetSettings
    robots: tuple[str, ...]
    service: FleetPort
    journal: JournalStore
    connectors: Connectors
    camera_desk: CameraDesk | None = None
    robot_desk: RobotDesk | None = None


def prepare_api(params: FleetParams) -> None:
    """Load what an API in this process needs before there is an engine: a standby has the time."""
    if params.port and (params.api_process != "own" or params.database == MEMORY):
        from amr_fleet.api_process.serving import prepare

        prepare()


class WebSide:
    """The tracks for replay, and what serves them. say: a line for the log; error: what kept the API from starting."""

    def __init__(self, params: FleetParams, say: Callable[[str], object]) -> None:
        """Open the track file; `begin` does the rest."""
        self._params, self._say = params, say
        self.apart = params.port > 0 and params.api_process == "own" and params.database != MEMORY
        where = tracks_path(params)
        self._scratch = ""
        if where == MEMORY and self.apart:  # another process reads it
            self._scratch = tempfile.mkdtemp(prefix="amr_fleet_")
            where = str(Path(self._scratch) / "tracks.sqlite3")
        self._tracks_path = where
        self.tracks, self.cameras = open_tracks(where, CAMERA_BYTES, say)
        self.error: AmrError | None = None
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], None] | None = None

    @cached_property
    def _users(self) -> Path | str:
        return users_place(self._params)

    @property
    def accounts(self) -> Path | None:
        """The file of accounts, None where they are in a server."""
        return self._users if isinstance(self._users, Path) else None

    @property
    def photos(self) -> Path:
        """The folder of pictures that are kept."""
        return photos_path(self._params, self._users)

    def begin(self, engine: Engine) -> None:
        """Start it in a thread, unless that was done: FastAPI takes a second to import, the engine steps on."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._try, args=(engine,), name="fleet_api_start", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End it. The tracks can still be written until `close_tracks`."""
        if self.apart and self._stop is not None:
            self._stop()  # it may be starting still: nobody waits for that
        if self._thread is not None:
            self._thread.join()
        if self._stop is not None:
            self._stop()

    def close_tracks(self) -> None:
        """Close the track file; one that was for this run only is removed."""
        self.tracks.close()
        self.cameras.close()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _try(self, engine: Engine) -> None:
        try:
            self._start(engine)
        except AmrError as error:
            self.error = error
        except OSError as error:
            self.error = AmrError("internal", reason=str(error))

    def _start(self, engine: Engine) -> None:
        """Start the API and say so in the ready file: {url, user, password} of this run's operator."""
        facts = {"url": "", "user": "", "password": ""}
        if self._params.port:
            setup = self._setup(engine)
            facts |= self._start_apart(setup, engine) if self.apart else self._start_here(setup, engine)
        if made := facts.pop("made", ""):
            self._say(f"first start: administrator made, name and password are in {made}")
        if self._params.ready_file:
            write_private(Path(self._params.ready_file), json.dumps(facts).encode())

    def _start_apart(self, setup: ApiSetup, engine: Engine) -> dict[str, str]:
        calls = calls_of(
            engine.journal.tree,
            engine.connectors.hooks,
            engine.connectors.escalation,
            engine.connectors.syslog,
            engine.camera_desk,
            engine.robot_desk,
        )
        keeper = ApiKeeper(setup, engine.service, port=self._params.port, say=self._say, calls=calls)
        self._stop = keeper.close
        return {"url": keeper.url, **keeper.start()}

    def _start_here(self, setup: ApiSetup, engine: Engine) -> dict[str, str]:
        # A fleet without a dashboard, or with one in another process, does not need FastAPI.
        from amr_fleet.api_process.serving import EngineParts, serve

        if self._params.api_process == "own":
            self._say("a journal in memory can be read by this process only: the API stays in it (api_process)")
        parts = EngineParts(
            fleet=engine.service, journal=engine.journal, tracks=self.tracks, cameras=self.cameras,
            webhooks=engine.connectors.hooks, escalation=engine.connectors.escalation, syslog=engine.connectors.syslog,
            camera_desk=engine.camera_desk, robot_desk=engine.robot_desk,
        )  # fmt: skip
        serving = serve(setup, parts, port=self._params.port)
        self._stop = serving.stop
        return {"url": serving.url, **serving.login}

    def _setup(self, engine: Engine) -> ApiSetup:
        p, users = self._params, self._users
        return ApiSetup(
            site=engine.site, site_name=p.site, site_version=engine.version, fleet=engine.settings,
            robots=engine.robots, database=p.database, users=users, evidence=p.evidence, tracks=self._tracks_path,
            first_password=first_password_path(p), login="run" if p.ready_file else "first",
            photos=self.photos, layouts=layouts_path(p, users),
            review=users.with_name("assistant_review.jsonl") if isinstance(users, Path) else None,
            enrolment=p.enrolment, broker=p.broker, language_model=p.language_model, neighbours=p.neighbours,
            oidc=p.oidc, host=p.host,
            hosts=tuple(name for name in p.dashboard_names if name), secure_cookies=p.secure_cookies, proxy=p.proxy,
            certificate=p.dashboard_certificate, key=p.dashboard_key,
        )  # fmt: skip
