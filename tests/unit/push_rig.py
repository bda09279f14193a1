"""A night with alarms, accounts and a push service on this computer, for the tests of push messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.push import VapidKey
from amr_fleet.escalation.push_desk import PushDesk
from amr_fleet.store.accounts import Account, AccountStore, SessionRow
from amr_fleet.store.database import Database
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.store.push_devices import AccountLook, PushDevices
from tests.push_service import Browser, PushService, push_service
from tests.unit.escalation_rig import NIGHT, Fleet, good

UNTIL = NIGHT + 12 * 3600.0


def settings(**change: Any) -> dict[str, Any]:
    channel = {"name": "push", "kind": "push", "contact": "mailto:amr@port.example", "plain": True, "timeout": 2}
    return {
        "channels": [channel | {"services": ["127.0.0.1"]} | change],
        "people": [{"name": "Lan", "addresses": {"push": "lan"}}],
        "steps": [{"after": 3, "channels": ["push"]}, {"after": 10, "channels": ["push"]}],
        "loopback": True,
    }


class Night:
    """A desk with accounts and a clock that is turned by hand."""

    def __init__(self, folder: Path, service: PushService) -> None:
        self.now, self.log, self.service, self.folder = NIGHT, list[str](), service, folder
        self.fleet = Fleet()
        self.accounts = AccountStore(Database(folder / "users.sqlite3"))
        for name, role in (("lan", "operator"), ("mai", "operator")):
            self._add(Account(name, role, f"hash of {name}"))
            self.log_in(name)
        self.start()

    def start(self) -> None:
        """Make the desk, as at a start of the fleet."""
        folder = self.folder
        self.key = VapidKey.load_or_make(folder / "push.key")
        where, made = str(folder / "escalation.sqlite3"), good(settings())
        channel = made.push()
        assert channel is not None
        self.devices = PushDevices(where)
        look = AccountLook(folder / "users.sqlite3")
        desk = PushDesk(channel, self.devices, look, self.key, loopback=True, clock=lambda: self.now)
        self.desk = EscalationDesk(
            made, self.fleet, OutgoingStore(where), site="cai_cui", log=self.log.append, clock=lambda: self.now,
            push=desk,
        )  # fmt: skip

    def _add(self, account: Account) -> None:
        self.accounts.change(account.name, lambda _old: account)

    def log_in(self, name: str, session: str = "") -> None:
        row = SessionRow(session or f"s_{name}", name, "password", "", self.now, self.now, self.now + 12 * 3600.0)
        self.accounts.open_session(row)

    def on(self, browser: Browser, user: str = "lan", session: str = "") -> str:
        given = browser.given(self.service.port)
        return self.desk.push_on(user, session or f"s_{user}", "Điện thoại", **given).id

    def turn(self, minutes: float) -> int:
        self.now += minutes * 60.0
        self.fleet.t += minutes * 60.0
        self.desk.look()
        return self.desk.send_due("push")

    def close(self) -> None:
        self.desk.close()
        self.accounts.close()


@contextmanager
def begun(folder: Path) -> Iterator[Night]:
    """Keep its accounts, devices and journal of alarms in a folder; end with its service."""
    with push_service() as service:
        made = Night(folder, service)
        yield made
        made.close()
