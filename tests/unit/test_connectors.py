"""Webhooks and the drop folder beside the fleet: off unless set up, refused without a journal on disk, one chain."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.nodes.connectors import Connectors, start_connectors
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import CreateOrder
from amr_fleet.service import FleetService
from amr_fleet.store.broken import renew_broken
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from tests.syslog_server import log_server
from tests.webhook_receiver import Receiver, receiving, secret_file

SITE = load_site("lab")


@dataclass
class Params:
    webhooks: str = ""
    drop_folder: str = ""
    database: str = ":memory:"
    escalation: str = ""
    syslog: str = ""
    users: str = ""
    evidence: str = ""
    tracks: str = ""
    first_password: str = ""


def service_on(journal: JournalStore) -> FleetService:
    engine = FleetEngine(build_roadmap(SITE), units_of(SITE, 2), journal=journal.read())
    return FleetService(engine, journal, lambda _command: None)


def hooks_file(folder: Path, receiver: Receiver) -> str:
    target: dict[str, Any] = {"name": "wms", "url": receiver.url, "secret_files": [secret_file(folder)], "plain": True}
    path = folder / "webhooks.yaml"
    path.write_text(json.dumps({"targets": [target], "loopback": True}), encoding="utf-8")
    return str(path)


def drop_file(folder: Path) -> str:
    columns = {"pick_place": "from", "drop_place": "to", "reference": "doc"}
    path = folder / "drop.yaml"
    partners = [{"name": "wms", "columns": columns}]
    path.write_text(json.dumps({"folder": str(folder / "drop"), "partners": partners, "settle": 0}), encoding="utf-8")
    return str(path)


def escalation_file(folder: Path) -> str:
    channel = {"name": "center", "kind": "webhook", "url": "http://127.0.0.1:9/", "plain": True}
    channel |= {"secret_files": [secret_file(folder)]}
    path = folder / "escalation.yaml"
    made = {"channels": [channel], "steps": [{"after": 1, "channels": ["center"]}], "loopback": True}
    path.write_text(json.dumps(made), encoding="utf-8")
    return str(path)


def syslog_file(folder: Path, port: int) -> str:
    one = {"name": "port", "host": "127.0.0.1", "port": port, "transport": "tcp", "plain": True}
    path = folder / "syslog.yaml"
    path.write_text(json.dumps({"receivers": [one], "loopback": True}), encoding="utf-8")
    return str(path)


def until(what: Callable[[], bool], step: Callable[[], None]) -> None:
    end = time.monotonic() + 30.0
    while not what() and time.monotonic() < end:
        step()
        time.sleep(0.02)
    assert what()


def test_nothing_is_started_unless_it_is_set_up(tmp_path: Path) -> None:
    journal = JournalStore(str(tmp_path / "journal.sqlite3"))
    made = start_connectors(Params(), "lab", journal, service_on(journal), print)
    assert made == Connectors()
    made.close()
    journal.close()


def test_a_journal_in_memory_is_refused_by_name(tmp_path: Path) -> None:
    journal = JournalStore(":memory:")
    service = service_on(journal)
    for params in (
        Params(hooks_file(tmp_path, Receiver(port=9))),
        Params(drop_folder=drop_file(tmp_path)),
        Params(escalation=escalation_file(tmp_path)),
        Params(syslog=syslog_file(tmp_path, 9)),
    ):
        with pytest.raises(AmrError) as caught:
            start_connectors(params, "lab", journal, service, print)
        assert caught.value.code == "parameter.invalid"
    journal.close()


def test_a_file_becomes_an_order_and_the_order_a_webhook(tmp_path: Path) -> None:
    database = str(tmp_path / "journal.sqlite3")
    journal = JournalStore(database)
    service = service_on(journal)
    places = [place.id for place in SITE.places][:2]
    clock = [100.0]

    def step() -> None:
        clock[0] += 0.1
        service.advance(clock[0])

    with receiving() as receiver:
        params = Params(hooks_file(tmp_path, receiver), drop_file(tmp_path), database)
        made = start_connectors(params, "lab", journal, service, print)
        (tmp_path / "a.csv").write_text(f"from,to,doc\n{places[0]},{places[1]},PX-1\n")
        (tmp_path / "a.csv").rename(tmp_path / "drop" / "wms" / "in" / "a.csv")  # whole: settle is 0 s here
        until(lambda: bool(receiver.came), step)
        made.close()
    first = receiver.bodies()[0]
    assert (first["type"], first["data"]["reference"]) == ("order.created", "wms:PX-1")
    receipt = json.loads((tmp_path / "drop" / "wms" / "out" / "a.csv.ack.json").read_text(encoding="utf-8"))
    assert receipt["rows"][0]["order_id"] == first["data"]["order_id"]
    journal.close()


def test_an_order_is_told_to_the_log_server(tmp_path: Path) -> None:
    database = str(tmp_path / "journal.sqlite3")
    journal = JournalStore(database)
    service = service_on(journal)
    with log_server() as there:
        made = start_connectors(
            Params(syslog=syslog_file(tmp_path, there.port), database=database), "lab", journal, service, print
        )
        places = [place.id for place in SITE.places][:2]
        service.ask(CreateOrder(order=OrderRequest(pick_place=places[0], drop_place=places[1])))
        service.advance(100.0)
        until(lambda: "order_created" in [one.kind for one in there.came], lambda: None)
        assert there.wrong == []
        made.close()
    journal.close()


def no_database(path: Path) -> None:
    path.write_bytes(b"nothing that SQLite knows" * 400)


def broken_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def broken_rows(path: Path) -> None:
    """Tables open as ever; only who reads their rows would see it."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'webhook_targets'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 8)
        file.write(b"\xff" * 2)  # where the first row is


@pytest.mark.parametrize("damage", [broken_pages, broken_rows, no_database])
def test_outboxes_that_cannot_be_read_keep_no_fleet_from_starting(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """A connector's file was damaged and nobody led the robots; the old file stays, and what is missed is said."""
    database = str(tmp_path / "journal.sqlite3")
    journal, said = JournalStore(database), list[str]()

    def aside() -> list[str]:
        return [line.split(" cannot be read")[0] for line in said if " cannot be read" in line]

    params = Params(
        hooks_file(tmp_path, Receiver(port=9)), "", database, escalation=escalation_file(tmp_path),
        syslog=syslog_file(tmp_path, 9),
    )  # fmt: skip
    start_connectors(params, "lab", journal, service_on(journal), said.append).close()
    assert aside() == []
    files = [tmp_path / f"{name}.sqlite3" for name in ("webhooks", "escalation", "syslog")]
    for file in files:
        damage(file)
    made = start_connectors(params, "lab", journal, service_on(journal), said.append)
    assert made.hooks is not None
    assert [one.name for one in made.hooks.standings()] == ["wms"]
    made.close()
    assert aside() == [str(file) for file in files]
    assert all(file.with_name(f"{file.name}.damaged").is_file() for file in files)
    start_connectors(params, "lab", journal, service_on(journal), said.append).close()
    assert len(aside()) == len(files), "the new ones are whole"
    journal.close()


def test_an_outbox_that_somebody_holds_is_not_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.sqlite3"
    OutgoingStore(str(path)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        renew_broken(str(path), "", pytest.fail)
    renew_broken("postgresql://amr@nowhere/amr", "", pytest.fail)
    renew_broken(":memory:", "", pytest.fail)
    renew_broken(str(tmp_path / "none.sqlite3"), "", pytest.fail)
    assert not (tmp_path / "none.sqlite3").exists()


def test_the_command_says_where_events_would_go_or_what_is_wrong(tmp_path: Path) -> None:
    path = Path(hooks_file(tmp_path, Receiver(port=9)))
    good = CliRunner().invoke(app, ["webhooks", "check", str(path)])
    assert (good.exit_code, "wms: 127.0.0.1 at 127.0.0.1; all events" in good.output) == (0, True), good.output
    settings = json.loads(path.read_text(encoding="utf-8")) | {"loopback": False}
    path.write_text(json.dumps(settings), encoding="utf-8")
    bad = CliRunner().invoke(app, ["webhooks", "check", str(path)])
    assert (bad.exit_code, "webhook.address" in bad.output) == (1, True), bad.output


def test_the_key_for_push_services_is_made_beside_the_others_and_stays(tmp_path: Path) -> None:
    """With another key no browser would be told any more, and nobody would see why."""
    channel = {"name": "push", "kind": "push", "contact": "amr@port.example"}
    made = {"channels": [channel], "people": [{"name": "Lan", "addresses": {"push": "lan"}}]}
    file = tmp_path / "escalation.yaml"
    file.write_text(json.dumps(made | {"steps": [{"after": 1, "channels": ["push"]}]}), encoding="utf-8")
    journal = JournalStore(str(tmp_path / "journal.sqlite3"))
    keys = set()
    for evidence in ("", "", str(tmp_path / "keys")):
        params = Params(database=str(tmp_path / "journal.sqlite3"), escalation=str(file), evidence=evidence)
        parts = start_connectors(params, "lab", journal, service_on(journal), print)
        assert parts.escalation is not None
        standing = parts.escalation.push_standing("lan")
        assert standing is not None
        assert standing.listed
        keys.add(standing.key)
        assert (Path(evidence or tmp_path) / "push.key").stat().st_mode & 0o777 == 0o600
        parts.close()
    assert len(keys) == 2
    journal.close()
