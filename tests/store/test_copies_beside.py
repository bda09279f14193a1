"""What is no record of the fleet but must come back with it: what webhooks owe, browsers that are told, log servers."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_fleet.api.users import UserStore
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, OutgoingStore
from amr_fleet.store.push_devices import PushDevice, PushDevices
from amr_fleet.store.verify import Findings
from tests.api.api_support import FAST, PASSWORD
from tests.store.conftest import Server
from tests.store.ledger_rig import entries

DEVICE = PushDevice("id", "lan", "s", 9e9, "stamp", "phone", "https://push.example/secret", "p", "a", since=1.0)


def event(number: int) -> OutgoingEvent:
    return OutgoingEvent("wms", f"e{number}", "order.delivered", "T1", f'{{"n":{number}}}', at=float(number))


def fill(journal: str, beside: dict[str, str], evidence: Path) -> None:
    """Write records, an account, and what connectors keep: name of a connector -> its database."""
    store = JournalStore(journal, evidence)
    store.own(site="lab")
    store.append(entries(12))
    store.close()
    webhooks = OutgoingStore(beside["webhooks"])
    webhooks.begin("wms", 0)
    webhooks.add("wms", [event(1), event(2)], 12)
    webhooks.close()
    syslog = OutgoingStore(beside["syslog"])
    syslog.begin("siem/journal", 11)
    syslog.close()
    devices = PushDevices(beside["escalation"])
    devices.put(DEVICE)
    devices.close()


def back(beside: dict[str, str]) -> None:
    """Look that all is there again, and that it can be gone on with."""
    webhooks = OutgoingStore(beside["webhooks"])
    assert webhooks.begin("wms", 99) == 12, "it goes on where it was"
    (first,) = webhooks.due("wms", 9e9, 10)
    webhooks.sent(first.row, 3.0)
    webhooks.add("wms", [event(3)], 12)
    (second,) = webhooks.due("wms", 9e9, 10)
    assert (first.event_id, second.event_id, second.number) == ("e1", "e2", 2)
    webhooks.close()
    syslog = OutgoingStore(beside["syslog"])
    assert syslog.begin("siem/journal", 99) == 11
    syslog.close()
    devices = PushDevices(beside["escalation"])
    assert devices.of("lan") == [DEVICE]
    devices.close()


def test_a_backup_of_postgresql_has_them_and_a_restored_one_goes_on(postgresql: Server, tmp_path: Path) -> None:
    """The numbers of rows go on, too: PostgreSQL counts them apart from the rows."""
    one, other = postgresql.database(), postgresql.database()
    fill(one, dict.fromkeys(("webhooks", "syslog", "escalation"), one), tmp_path / "state")
    users = UserStore(one, hasher=FAST, evidence=tmp_path / "state")
    users.add("lan", PASSWORD, "admin")
    acted = {"name": "lan", "role": "admin", "client": "c", "action": "a", "what": "w", "result": "ok"}
    users.rows.add_audit([users.audit_row(**acted)])
    users.close()
    copies.backup(one, tmp_path / "backup.sqlite3", tmp_path / "state")
    copies.restore(tmp_path / "backup.sqlite3", other, "lan", tmp_path / "new", new_key=True)
    back(dict.fromkeys(("webhooks", "syslog", "escalation"), other))
    users = UserStore(other, hasher=FAST, evidence=tmp_path / "new")
    users.rows.add_audit([users.audit_row(**acted)])
    users.close()
    store = JournalStore(other, tmp_path / "new")
    store.own(site="lab")
    store.append(entries(1, 13))
    store.close()
    assert copies.look(other, tmp_path / "new").faults == []


def test_a_backup_of_a_state_folder_has_them_and_each_comes_back(tmp_path: Path) -> None:
    state, saved, new = tmp_path / "state", tmp_path / "saved", tmp_path / "new"
    names = ("webhooks", "syslog", "escalation")
    fill(str(state / "journal.sqlite3"), {name: str(state / f"{name}.sqlite3") for name in names}, state)
    done = CliRunner().invoke(app, ["journal", "backup", str(state), str(saved)])
    assert done.exit_code == 0, done.output
    assert {file.name for file in saved.glob("*.sqlite3")} == {"journal.sqlite3", *(f"{n}.sqlite3" for n in names)}
    assert all(file.stat().st_mode & 0o077 == 0 for file in saved.glob("*.sqlite3"))
    new.mkdir()
    (new / "evidence.key").write_bytes((state / "evidence.key").read_bytes())
    for file in saved.glob("*.sqlite3"):
        done = CliRunner().invoke(app, ["journal", "restore", str(file), str(new / file.name), "--by", "lan"])
        assert done.exit_code == 0, done.output
    back({name: str(new / f"{name}.sqlite3") for name in names})
    for name in names:
        again = CliRunner().invoke(
            app, ["journal", "restore", str(saved / f"{name}.sqlite3"), str(new / f"{name}.sqlite3"), "--by", "lan"]
        )
        assert "store.not_empty" in str(again.exception), "what is owed since is not overwritten"
    assert not list(new.glob("webhooks*.mark")), "there is nothing to be signed in it"
    assert CliRunner().invoke(app, ["journal", "verify", str(new)]).exit_code == 0


def test_what_is_taken_first_is_never_ahead_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else events that a restored journal lacks would count as sent."""
    state = tmp_path / "state"
    names = ("webhooks", "syslog", "escalation")
    fill(str(state / "journal.sqlite3"), {name: str(state / f"{name}.sqlite3") for name in names}, state)
    taken = []
    whole = copies.backup

    def noted(where: str, out: Path, evidence: Path | None = None) -> Findings:
        taken.append(Path(where).stem)
        return whole(where, out, evidence)

    monkeypatch.setattr(copies, "backup", noted)
    assert CliRunner().invoke(app, ["journal", "backup", str(state), str(tmp_path / "saved")]).exit_code == 0
    assert taken[-1] == "journal"
    assert set(taken[:-1]) == set(names)
