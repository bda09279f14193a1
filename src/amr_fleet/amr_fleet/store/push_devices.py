"""Browsers that show alarms as push messages, and whether who switched one on may still be told.

An endpoint is as good as a password for its browser's notifications: it is in this table and on the wire, nowhere else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, select, update

from amr_core.errors import AmrError
from amr_fleet.store.database import Database
from amr_fleet.store.schema import accounts, push_devices, sessions

MOST_DEVICES: Final = 5
"""Browsers of one account."""
KEPT_S: Final = 30 * 86400.0
"""s that a browser is told in which its owner never opens the dashboard."""
TOLD_ROLES: Final = frozenset({"operator", "engineer", "admin"})
"""Who may take an alarm is told of one."""


@dataclass(frozen=True)
class PushDevice:
    """One browser. id: hash of its endpoint; session, until, stamp, vapid: see `schema`; sent 0.0 = never; error: of
    the last try, "" = none. Times in Unix seconds."""

    id: str
    name: str
    session: str
    until: float
    stamp: str
    label: str
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    since: float = 0.0
    renewed: float = 0.0
    sent: float = 0.0
    error: str = ""
    vapid: str = ""

    def of_key(self, vapid: str) -> bool:
        """Return whether it was switched on with that key of ours."""
        return self.vapid in ("", vapid)


def device_id(endpoint: str) -> str:
    """Return what an endpoint is called where it must not be shown; a browser finds its own by it."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]


class PushDevices:
    """Table `push_devices`, beside the outbox. Every failure is AmrError("store.failed"). Any thread."""

    def __init__(self, where: str) -> None:
        """where: as of OutgoingStore."""
        self._database = Database(where)

    def put(self, device: PushDevice) -> None:
        """Add a browser, or renew it: it is the one's who switched it on last. Raises push.too_many.

        Those of another key of ours hold no place.
        """
        with self._database.begin() as connection:
            known = connection.execute(select(push_devices.c.since).where(push_devices.c.id == device.id)).scalar()
            connection.execute(delete(push_devices).where(push_devices.c.id == device.id))
            told = (push_devices.c.name == device.name, push_devices.c.vapid.in_(("", device.vapid)))
            mine = connection.execute(select(push_devices.c.id).where(*told)).all()
            if len(mine) >= MOST_DEVICES:
                raise AmrError("push.too_many", user=device.name, count=len(mine))
            row = dict(vars(device))
            connection.execute(insert(push_devices), row if known is None else row | {"since": known})

    def of(self, *names: str) -> list[PushDevice]:
        """Return the browsers of accounts, oldest first."""
        mine = select(push_devices).where(push_devices.c.name.in_(names))
        with self._database.begin() as connection:
            found = connection.execute(mine.order_by(push_devices.c.since, push_devices.c.id))
            return [PushDevice(*row) for row in found]

    def drop(self, device: str, name: str = "") -> bool:
        """Forget a browser (of an account); False when there is no such one."""
        mine = push_devices.c.id == device
        with self._database.begin() as connection:
            which = mine & (push_devices.c.name == name) if name else mine
            return bool(connection.execute(delete(push_devices).where(which)).rowcount)

    def tried(self, device: str, error: str, now: float) -> None:
        """Note what came of a try: "" = its service took the message."""
        values: dict[str, object] = {"error": error} if error else {"error": "", "sent": now}
        with self._database.begin() as connection:
            connection.execute(update(push_devices).where(push_devices.c.id == device).values(**values))

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class AccountLook:
    """Accounts and log-ins for who only reads them. Every failure is AmrError("store.failed"). Any thread."""

    def __init__(self, where: str | Path) -> None:
        """where: the database of accounts."""
        self._database = Database(where)

    def log_in(self, name: str, session: str) -> tuple[float, str]:
        """Return when a log-in ends by itself (Unix seconds), and the stamp of the account. Raises auth.required."""
        with self._database.begin() as connection:
            mine = (sessions.c.id == session, sessions.c.name == name)
            until = connection.execute(select(sessions.c.expires).where(*mine)).scalar()
            found = connection.execute(select(accounts.c.hash).where(accounts.c.name == name)).scalar()
        if until is None or found is None:  # ended meanwhile
            raise AmrError("auth.required")
        return float(until), _stamp(str(found))

    def told(self, devices: list[PushDevice], now: float) -> list[PushDevice]:
        """Return the browsers whose owner is still somebody here, and did not end what they were switched on in.

        A log-in that ran out by itself ends nothing: at night nobody is logged in. now: Unix seconds.
        """
        whose = select(accounts.c.name, accounts.c.role, accounts.c.hash)
        whose = whose.where(accounts.c.name.in_({one.name for one in devices}))
        log_ins = select(sessions.c.id, sessions.c.name).where(sessions.c.id.in_({one.session for one in devices}))
        with self._database.begin() as connection:
            stamps = {
                str(name): _stamp(str(hashed)) for name, role, hashed in connection.execute(whose) if role in TOLD_ROLES
            }
            open_yet = {(str(session), str(name)) for session, name in connection.execute(log_ins)}
        return [
            one
            for one in devices
            if stamps.get(one.name) == one.stamp
            and now < one.renewed + KEPT_S
            and ((one.session, one.name) in open_yet or now >= one.until)
        ]

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _stamp(hashed: str) -> str:
    """Return a mark of a password's hash: with a new password all log-ins end, and so do these."""
    return hashlib.sha256(f"push {hashed}".encode()).hexdigest()[:16]
