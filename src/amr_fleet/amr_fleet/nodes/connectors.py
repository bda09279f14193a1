"""What is told and asked beside the fleet node, in threads of its own: webhooks, drop folder, escalation, syslog."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from amr_core.errors import AmrError
from amr_fleet.dropfolder.desk import DropFolder
from amr_fleet.dropfolder.settings import load_drop
from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.escalation.settings import EscalationSettings, load_escalation
from amr_fleet.nodes.fleet_files import first_password_path, users_place
from amr_fleet.service import FleetService
from amr_fleet.store.audit_rows import AuditRows
from amr_fleet.store.broken import renew_broken
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import AccountLook, PushDevices
from amr_fleet.store.where import is_postgresql
from amr_fleet.syslog.desk import Syslog
from amr_fleet.syslog.feeds import ALARM_KINDS, ALL_KINDS, AuditFeed, JournalFeed, SyslogFeed
from amr_fleet.syslog.settings import load_syslog
from amr_fleet.webhooks.desk import Webhooks
from amr_fleet.webhooks.settings import load_webhooks

_MISSED: Final = {
    "webhooks": "events that had not been sent are not told, but those from now on are",
    "escalation": "messages that waited are not sent, and who was told by a browser has to register it again",
    "syslog": "lines that had not been sent are in journal and audit trail only, and those from now on are told",
}
"""What is gone with a damaged outbox: less than a port whose robots nobody leads."""


class ConnectorPlaces(Protocol):
    """What this needs of the node's parameters."""

    @property
    def webhooks(self) -> str:
        """The settings file, "" = off."""

    @property
    def drop_folder(self) -> str:
        """The settings file, "" = off."""

    @property
    def escalation(self) -> str:
        """The settings file, "" = off."""

    @property
    def syslog(self) -> str:
        """The settings file, "" = off."""

    @property
    def users(self) -> str:
        """Where accounts and the audit trail are, "" = beside or in the database."""

    @property
    def database(self) -> str:
        """The journal."""

    @property
    def evidence(self) -> str:
        """The folder of the fleet's keys, "" = beside a journal file."""

    @property
    def tracks(self) -> str:
        """The tracks, "" = by the journal."""

    @property
    def first_password(self) -> str:
        """The file for it, "" = by the journal."""


@dataclass(frozen=True)
class Connectors:
    """What was started with the node and ends with it; None = off."""

    hooks: Webhooks | None = None
    drop: DropFolder | None = None
    escalation: EscalationDesk | None = None
    syslog: Syslog | None = None

    def close(self) -> None:
        """End the threads."""
        for part in self.parts():
            part.close()

    def parts(self) -> list[Webhooks | DropFolder | EscalationDesk | Syslog]:
        """Return what was started."""
        return [part for part in (self.hooks, self.drop, self.escalation, self.syslog) if part is not None]


@dataclass(frozen=True)
class _Fleet:
    """The fleet as the drop folder asks it."""

    service: FleetService

    def ask(self, request: Any) -> Future[Any]:
        return self.service.ask(request)

    def now(self) -> float:
        return self.service.snapshot().t

    def order_of(self, reference: str) -> str:
        return self.service.order_of(reference)


def start_connectors(
    places: ConnectorPlaces, site: str, journal: JournalStore, service: FleetService, log: Callable[[str], object]
) -> Connectors:
    """Start what is set up.

    Raises parameter.invalid for settings that are wrong and for a journal in memory, which a restart would lose.
    """
    hooks = load_webhooks(places.webhooks) if places.webhooks else None
    drop = load_drop(places.drop_folder) if places.drop_folder else None
    escalation = load_escalation(places.escalation) if places.escalation else None
    syslog = load_syslog(places.syslog) if places.syslog else None
    wanted = {"webhooks": hooks, "drop_folder": drop, "escalation": escalation, "syslog": syslog}
    name = next((name for name, settings in wanted.items() if settings is not None), "")
    if places.database == ":memory:" and name:
        raise AmrError("parameter.invalid", name=name, node="fleet", reason="it needs a journal on disk (--state)")
    for outbox, missed in _MISSED.items():
        if wanted[outbox] is not None:
            renew_broken(_beside(places, outbox), missed, log)
    made = Connectors(
        None
        if hooks is None
        else Webhooks(hooks, journal, OutgoingStore(_beside(places, "webhooks")), site=site, log=log),
        None if drop is None else DropFolder(drop, _Fleet(service), journal, log),
        None if escalation is None else _escalation(escalation, places, site, service, log),
        None
        if syslog is None
        else Syslog(syslog, _feeds(places, journal), OutgoingStore(_beside(places, "syslog")), log=log),
    )
    for part in made.parts():
        part.start()
    return made


def _escalation(
    settings: EscalationSettings,
    places: ConnectorPlaces,
    site: str,
    service: FleetService,
    log: Callable[[str], object],
) -> EscalationDesk:
    where = _beside(places, "escalation")
    browsers = _browsers(settings, places, where)
    return EscalationDesk(settings, service, OutgoingStore(where), site=site, log=log, push=browsers)


def _browsers(settings: EscalationSettings, places: ConnectorPlaces, where: str) -> PushDesk | None:
    channel = settings.push()
    if channel is None:
        return None
    return PushDesk(
        channel, PushDevices(where), AccountLook(users_place(places)),
        VapidKey.load_or_make(_key_folder(places) / "push.key"), loopback=settings.loopback, clock=time.time,
    )  # fmt: skip


def _key_folder(places: ConnectorPlaces) -> Path:
    """Return where the fleet's other keys are; with PostgreSQL and no folder for them, beside the first password."""
    if places.evidence or not is_postgresql(places.database):
        return Path(places.evidence) if places.evidence else Path(places.database).parent
    return first_password_path(places).parent


def _feeds(places: ConnectorPlaces, journal: JournalStore) -> dict[str, SyslogFeed]:
    return {
        "journal": JournalFeed(journal, ALL_KINDS),
        "alarms": JournalFeed(journal, ALARM_KINDS),
        "audit": AuditFeed(AuditRows(users_place(places))),
    }


def _beside(places: ConnectorPlaces, name: str) -> str:
    """Return a database beside the journal: a file of its own, so that nobody keeps the engine from its journal."""
    if is_postgresql(places.database):
        return places.database
    return str(Path(places.database).with_name(f"{name}.sqlite3"))
