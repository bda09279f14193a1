"""Start API and dashboard on what the engine's process has of them: the same in its process and in one of their own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from amr_core.errors import AmrError
from amr_core.whole_files import write_private
from amr_fleet.api.app import routes
from amr_fleet.api.models.layout import fits
from amr_fleet.api.own_tls import OwnTls
from amr_fleet.api.server import start
from amr_fleet.api.users import UserStore
from amr_fleet.api_process.setup import ApiSetup
from amr_fleet.assistant.language_model import load_language_model
from amr_fleet.camera_desk import CameraDesk
from amr_fleet.enrolment import desk_of
from amr_fleet.evidence.signing import Signing
from amr_fleet.layout.desk import desk_of as layout_desk_of
from amr_fleet.layout.drafts import DraftStore
from amr_fleet.neighbours.sending import SpanSender
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.oidc.settings import load_oidc
from amr_fleet.ops import AlarmDesk, Ops, SyslogDesk, Tracks, WebhookDesk
from amr_fleet.periodic.stored import desk_of_store
from amr_fleet.ports import FleetPort
from amr_fleet.replay.past import Past
from amr_fleet.report.worker import ReportWorker
from amr_fleet.robot_desk import RobotDesk
from amr_fleet.store.joined import journal_beside
from amr_fleet.store.journal import JournalStore, read_entries, read_entries_below
from amr_fleet.store.signed import SignedTree
from amr_fleet.whatif.service import WhatIf

_log = structlog.get_logger("amr_fleet.api")


@dataclass(frozen=True, kw_only=True)
class EngineParts:
    """What is of the engine's process, or stands for it. tree: the journal's, signed; None: the store makes it."""

    fleet: FleetPort
    journal: JournalStore
    tracks: Tracks | None = None
    cameras: Tracks | None = None
    tree: Callable[[], SignedTree] | None = None
    webhooks: WebhookDesk | None = None
    escalation: AlarmDesk | None = None
    syslog: SyslogDesk | None = None
    camera_desk: CameraDesk | None = None
    robot_desk: RobotDesk | None = None


@dataclass(frozen=True)
class Serving:
    """What runs. login: {user, password} of this run, or {made: file} of a new administrator, or nothing."""

    url: str
    login: dict[str, str]
    stop: Callable[[], None]


def prepare() -> None:
    """Do what each API of a process needs and what is the same for all, most of it imports: a second."""
    routes()


def serve(
    setup: ApiSetup, parts: EngineParts, *, port: int = 0, listener: socket.socket | None = None,
    turned: Callable[[], None] | None = None,
) -> Serving:  # fmt: skip
    """Start it on a port (0 = a free one), or on a socket that listens already. Raises what keeps it from that.

    turned: its event loop calls it every second.
    """
    with ExitStack() as made:
        users = UserStore(setup.users, evidence=Path(setup.evidence) if setup.evidence else None)
        made.callback(users.close)
        users.rows.check(journal_beside(setup.database, setup.users))
        login = _log_in(users, setup)
        what_if = WhatIf(setup.site, setup.fleet)
        made.callback(what_if.close)
        drafts = DraftStore(setup.layouts, fits=fits)
        drafts.keep_only(users.names())
        layout = layout_desk_of(setup.site_name, drafts, setup.fleet)
        if layout is not None:
            made.callback(layout.close)
        reports = None
        if setup.database != ":memory:":
            reports = ReportWorker(setup.site, setup.database, read_entries, read_entries_below)
            made.callback(reports.close)
        ops = Ops(
            site=setup.site, read_journal=parts.journal.read, stream=parts.journal.stream,
            robot_times=parts.journal.robot_times,
            past=Past(parts.journal), tracks=parts.tracks, cameras=parts.cameras, what_if=what_if, reports=reports,
            webhooks=parts.webhooks, escalation=parts.escalation, syslog=parts.syslog, camera_desk=parts.camera_desk,
            robot_desk=parts.robot_desk, layout=layout, settings=setup.fleet,
            periodic=desk_of_store(setup.site, parts.journal, setup.database, reports, tree=parts.tree),
            signing=lambda seconds: signing_of(users, parts, seconds),
        )  # fmt: skip
        spans = _spans(setup)
        if spans is not None:
            spans.start()
            made.callback(spans.close)
        api = start(
            parts.fleet, setup.site, host=setup.host, port_number=port, listener=listener, users=users, ops=ops,
            hosts=setup.hosts, secure_cookies=setup.secure_cookies, proxy=setup.proxy, photos=setup.photos,
            review=setup.review, language_model=load_language_model(setup.language_model), turned=turned,
            traced=None if spans is None else (spans.put, setup.database),
            oidc=load_oidc(setup.oidc) if setup.oidc else None,
            tls=OwnTls(Path(setup.certificate), Path(setup.key or setup.certificate)) if setup.certificate else None,
            enrolment=desk_of(setup.enrolment, setup.robots, setup.site_name, setup.broker, setup.site_version),
        )  # fmt: skip
        made.callback(api.stop)
        stop = made.pop_all().close
    return Serving(api.url, login, stop)


def signing_of(users: UserStore, parts: EngineParts, seconds: float) -> Signing | None:
    """Return the key of the audit trail, which is the journal's, with the journal's newest checkpoint.

    One that is not younger than seconds is not taken: a new one is written.
    """
    key = users.rows.key
    if key is None:
        return None
    try:
        return Signing(key, parts.journal.last_note(seconds) or (parts.tree or parts.journal.tree)().note)
    except AmrError:  # nothing can be written just now, so no checkpoint: the file is signed all the same
        return Signing(key)


def _spans(setup: ApiSetup) -> SpanSender | None:
    """Return what sends spans of orders that come over HTTP, None: nobody collects any."""
    settings = load_neighbours(setup.neighbours).tracing if setup.neighbours else None
    return None if settings is None else SpanSender(settings, setup.site.id, _log.warning)


def _log_in(users: UserStore, setup: ApiSetup) -> dict[str, str]:
    """Make the login that is asked for."""
    if setup.login == "run":
        name, password = users.create_one_time_login()
        return {"user": name, "password": password}
    path = setup.first_password
    if setup.login == "first" and users.ensure_admin(
        lambda name, password: write_private(path, f"{name} {password}\n".encode())
    ):
        return {"made": str(path)}
    return {}
