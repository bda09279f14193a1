"""A whole export: from a simulated operation to a folder that holds together, or to nothing at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from mcap.reader import make_reader

from amr_core.errors import AmrError
from amr_fleet.dataset.export import ExportOptions, export
from amr_fleet.dataset.schema import TABLES
from amr_fleet.report.fold import make_report
from amr_fleet.report.period import Period
from amr_fleet.store.journal import JournalStore
from amr_lab.operation.run import SimulatedDays, simulate
from tests.unit.dataset_world import ROBOT, SITE, created, entry, one_order, robot_time, state

FILES = {
    *(f"data/{name}.{kind}" for name in TABLES for kind in ("parquet", "csv")),
    "events/ocel2.json", "events/ocel2.sqlite", "events/epcis.jsonld", "site/lif.json", "dictionary.csv", "README.md",
    "DATASHEET.vi.md", "LICENSE.txt", "anonymisation.json", "datapackage.json", "croissant.json",
    "ro-crate-metadata.json", "SHA256SUMS",
}  # fmt: skip


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half an hour of the whole fleet at a demand that is high even at night."""
    folder = tmp_path_factory.mktemp("operation") / "state"
    simulate(
        SimulatedDays(site=SITE, robots=12, hours=0.5, orders_per_hour=500.0, tracks=(0.1, 0.2), breakdowns=8.0), folder
    )
    return folder


def options(folder: Path, out: Path, **more: Any) -> ExportOptions:
    base = ExportOptions(
        journal=str(folder / "journal.sqlite3"), site=SITE, period="all", profile="public", out=out,
        tracks=folder / "tracks.sqlite3", recordings=sorted((folder / "recordings").glob("*.mcap")), seed=1,
        site_files={"lif.json": b"{}\n"},
    )  # fmt: skip
    return replace(base, **more)


@pytest.fixture(scope="module")
def dataset(operation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dataset") / "out"
    export(options(operation, out))
    return out


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def left_overs(out: Path) -> list[str]:
    return [p.name for p in out.parent.iterdir() if out.name in p.name]


def test_it_has_the_files_that_the_guide_names(dataset: Path) -> None:
    found = {name for name in contents(dataset) if not name.startswith("recordings/")}
    assert found == FILES
    assert list((dataset / "recordings").glob("robots_*.mcap"))
    assert left_overs(dataset) == ["out"]


def test_checksums_name_every_file(dataset: Path) -> None:
    listed = {line[66:]: line[:64] for line in (dataset / "SHA256SUMS").read_text().splitlines()}
    assert listed == {name: value for name, value in contents(dataset).items() if name != "SHA256SUMS"}


def test_the_figures_are_those_of_the_shift_report(operation: Path, dataset: Path) -> None:
    store = JournalStore(str(operation / "journal.sqlite3"))
    journal = store.read()
    store.close()
    told = make_report(journal, SITE, Period(journal[0].t, journal[-1].t + 1e-3))
    orders = rows(dataset, "orders")
    assert told.created == len(orders) > 50
    assert told.done == sum(r["state"] == "DONE" for r in orders) > 20
    assert told.open_at_end == sum(r["state"] == "OPEN" for r in orders)
    assert told.on_time == sum(r["on_time"] == "true" for r in orders)
    assert sum(told.alarms.values()) == len(rows(dataset, "alarms")) > 0
    assert told.missions == len(rows(dataset, "missions"))
    metres = sum(r.metres for r in told.robots)
    assert metres > 1000
    assert sum(float(r["metres"]) for r in rows(dataset, "robot_time")) == pytest.approx(metres, abs=1e-6)
    energy = sum(float(r["energy"]) for r in rows(dataset, "energy"))
    assert energy == pytest.approx(told.energy_wh, abs=0.01 * len(rows(dataset, "energy")))


def test_every_column_is_in_the_dictionary_and_back(dataset: Path) -> None:
    with (dataset / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    listed = {(line["table"], line["field"]) for line in lines}
    there = set()
    for name in TABLES:
        table = pq.read_table(dataset / "data" / f"{name}.parquet")
        there |= {(name, column) for column in table.column_names}
        assert table.num_rows == len(rows(dataset, name))
        assert table.column_names == list(rows(dataset, name)[0]) if table.num_rows else True
    assert listed == there
    assert all(line["vi"] and line["en"] and line["type"] for line in lines)


def test_the_same_journal_and_seed_give_the_same_bytes(operation: Path, dataset: Path, tmp_path: Path) -> None:
    export(options(operation, tmp_path / "again"))
    assert contents(tmp_path / "again") == contents(dataset)
    export(options(operation, tmp_path / "other", seed=2))
    assert contents(tmp_path / "other")["data/orders.csv"] != contents(dataset)["data/orders.csv"]


def test_data_package_and_croissant_say_what_is_there(dataset: Path) -> None:
    sums = contents(dataset)
    package = json.loads((dataset / "datapackage.json").read_text())
    assert package["$schema"].endswith("/2.0/datapackage.json")
    assert {r["name"] for r in package["resources"]} == {*TABLES, "dictionary"}
    for resource_ in package["resources"]:
        assert resource_["hash"] == f"sha256:{sums[resource_['path']]}"
        assert resource_["bytes"] == (dataset / resource_["path"]).stat().st_size
    croissant = json.loads((dataset / "croissant.json").read_text())
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    rai = {key for key in croissant if key.startswith("rai:")}
    assert {f"rai:{name}" for name in (
        "dataCollection", "dataCollectionMissingData", "dataCollectionTimeframe", "dataPreprocessingProtocol",
        "dataBiases", "dataUseCases", "dataLimitations", "personalSensitiveInformation", "dataReleaseMaintenancePlan",
    )} <= rai  # fmt: skip
    for item in croissant["distribution"]:
        assert item["sha256"] == sums[item["contentUrl"]]
    crate = json.loads((dataset / "ro-crate-metadata.json").read_text())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    named = {e["@id"] for e in crate["@graph"] if e["@type"] == "File"}
    assert named == set(sums) - {"SHA256SUMS", "ro-crate-metadata.json"}
    said = {e["@id"]: e["description"] for e in crate["@graph"] if e["@type"] == "File"}
    assert [name for name, text in said.items() if text == name.rpartition("/")[2]] == [], "says what each file is"
    assert TABLES["orders"].vi in said["data/orders.parquet"]


def test_keys_of_the_process_log_hold_and_both_files_say_the_same(dataset: Path) -> None:
    log = json.loads((dataset / "events" / "ocel2.json").read_text())
    with sqlite3.connect(dataset / "events" / "ocel2.sqlite") as db:
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for name, count in (("event", len(log["events"])), ("object", len(log["objects"]))):
            assert db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == count > 100
        related = db.execute("SELECT count(*) FROM event_object").fetchone()[0]
    assert related == sum(len(e["relationships"]) for e in log["events"])
    objects = {o["id"]: o["type"] for o in log["objects"]}
    assert {e["type"] for e in log["events"]} <= {t["name"] for t in log["eventTypes"]}
    assert all(r["objectId"] in objects for e in log["events"] for r in e["relationships"])
    qualifiers = {r["qualifier"] for e in log["events"] for r in e["relationships"]}
    assert {"order", "robot", "from", "to", "load", "carrier"} <= qualifiers
    assert {"order", "load", "container", "robot", "station", "zone", "mission", "charger"} == {
        t["name"] for t in log["objectTypes"]
    }
    moved = [a for o in log["objects"] if o["type"] == "load" for a in o["attributes"] if a["name"] == "place"]
    assert any(a["time"] != "1970-01-01T00:00:00.000Z" for a in moved)


def test_supply_chain_events_have_what_the_schema_asks_for(dataset: Path) -> None:
    document = json.loads((dataset / "events" / "epcis.jsonld").read_text())
    events = document["epcisBody"]["eventList"]
    assert (document["type"], document["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert len(events) > 50
    for event in events:
        assert {"eventID", "type", "eventTime", "eventTimeZoneOffset", "action", "bizStep"} <= event.keys()
        assert event["eventTimeZoneOffset"] == "+07:00"
    done = sum(r["state"] == "DONE" for r in rows(dataset, "orders"))
    assert sum(e["action"] == "DELETE" for e in events) == done


def test_dates_of_a_public_release_are_moved_and_a_partners_are_not(operation: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "partner"
    first = export(options(operation, tmp_path / "a", profile="partner", seed=None, key=key))
    export(options(operation, tmp_path / "b", profile="partner", seed=None, key=key))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert rows(first.folder, "orders")[0]["created"].startswith("2027-01-01T00:")
    public = [rows(export(options(operation, tmp_path / n, seed=None)).folder, "orders") for n in ("c", "d")]
    assert not any(r["created"].startswith("2027-01-01") for found in public for r in found)
    assert public[0][0]["created"][10:] == rows(first.folder, "orders")[0]["created"][10:]
    assert {r["order"] for r in public[0]} & {r["order"] for r in public[1]} == set()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


# --- what must not leave ----------------------------------------------------------------------------------------------


def everything(folder: Path) -> str:
    """All that is in all files, also inside MCAP, SQLite and Parquet."""
    found = [str(p) for p in folder.rglob("*")]
    for path in folder.rglob("*"):
        if path.suffix == ".mcap":
            with path.open("rb") as file:
                found += [f"{c.topic} {m.data!r}" for _, c, m in make_reader(file).iter_messages()]
        elif path.suffix == ".sqlite":
            with sqlite3.connect(path) as db:
                found += list(db.iterdump())
        elif path.suffix == ".parquet":
            found.append(str(pq.read_table(path).to_pylist()))
        if path.is_file():
            found.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)


def test_robots_tracks_stop_where_a_person_handles_the_robot(operation: Path, tmp_path: Path) -> None:
    folder = state(
        tmp_path / "state",
        [created(1.0, "o1"), entry(400.0, "robot_paused", "", ROBOT, user="an"),
         entry(500.0, "robot_resumed", "", ROBOT, user="an"), robot_time(3000.0)],
    )  # fmt: skip
    (folder / "tracks.sqlite3").write_bytes((operation / "tracks.sqlite3").read_bytes())
    out = export(options(folder, tmp_path / "out", profile="partner", recordings=())).folder
    seconds = {r["t"][14:19] for r in rows(out, "robot_tracks_1hz") if r["robot"] == ROBOT}
    others = {r["t"][14:19] for r in rows(out, "robot_tracks_1hz") if r["robot"] != ROBOT}
    assert {"06:39", "08:20"} <= seconds
    assert not {"06:40", "08:19"} & seconds
    assert {"06:40", "08:19"} <= others
    assert "seen" not in everything(out / "recordings")


# --- what goes wrong --------------------------------------------------------------------------------------------------


def refused(code: str, folder: Path, out: Path, **more: Any) -> AmrError:
    with pytest.raises(AmrError) as error:
        export(options(folder, out, **more))
    assert error.value.code == code
    return error.value


def test_bad_wishes_are_refused_and_leave_nothing(operation: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    refused("dataset.empty", operation, out, period="2031-01")
    refused("dataset.period", operation, out, period="soon")
    refused("run.bad_option", operation, out, licence="beer")
    refused("run.bad_option", operation, out, prefix="12")
    refused("dataset.key", operation, out, seed=None, key=tmp_path / "k")
    refused("dataset.empty", state(tmp_path / "none", []), out)
    real = state(tmp_path / "real", [created(1.8e9, "o1")])
    refused("dataset.key", real, out)
    assert left_overs(out) == []


def test_a_release_is_never_written_over(operation: Path, dataset: Path, tmp_path: Path) -> None:
    before = contents(dataset)
    refused("dataset.exists", operation, dataset)
    assert contents(dataset) == before
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    refused("dataset.exists", operation, link)


def test_without_pyarrow_it_says_what_to_install(
    operation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    error = refused("dataset.no_pyarrow", operation, tmp_path / "out")
    assert "make setup-dataset" in str(error)


def test_a_changed_row_of_the_journal_stops_it(tmp_path: Path) -> None:
    folder = state(tmp_path / "state", one_order())
    with sqlite3.connect(folder / "journal.sqlite3") as db:
        db.execute("UPDATE journal SET payload = replace(payload, '0.01', '0.02') WHERE kind = 'order_picked'")
    refused("store.damaged", folder, tmp_path / "out")
    assert left_overs(tmp_path / "out") == []


_LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
sys.argv = ["amr", *sys.argv[2:]]
from amr_bringup.cli import main
main()
"""


@pytest.mark.parametrize("limit", [60_000, 200_000])
def test_a_disk_that_fills_leaves_nothing_and_says_so(operation: Path, tmp_path: Path, limit: int) -> None:
    # A file size limit is what a full disk is to the program: a write that fails in the middle.
    call = [sys.executable, "-c", _LIMITED, str(limit), "dataset", "export", str(operation), "--out",
            str(tmp_path / "out"), "--seed", "1"]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2, done.stderr[-2000:]
    assert "[dataset.failed]" in done.stderr
    assert "Traceback" not in done.stderr
    assert left_overs(tmp_path / "out") == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


def interrupted(monkeypatch: pytest.MonkeyPatch, asked: ExportOptions) -> None:
    """Begin an export that somebody ends when it comes to the recordings."""
    from amr_fleet.dataset import export as module

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "filter_recordings", killed)
        with pytest.raises(KeyboardInterrupt):
            export(asked)


def test_what_a_kill_interrupts_goes_on_where_it_was(
    operation: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    interrupted(monkeypatch, options(operation, out))
    assert left_overs(out) == [".out.partial"]
    said: list[str] = []
    export(options(operation, out), said.append)
    assert [text for text in said if "done before" in text] == [
        f"{n}: done before" for n in ("journal", "tracks", "cameras")
    ]
    assert contents(out) == contents(dataset)
    assert left_overs(out) == ["out"]


def test_stages_of_another_export_are_not_taken(
    operation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    interrupted(monkeypatch, options(operation, out, profile="partner"))
    said: list[str] = []
    export(options(operation, out), said.append)
    assert not [text for text in said if "done before" in text]


def test_two_at_once_do_not_mix(operation: Path, tmp_path: Path) -> None:
    import fcntl

    folder = tmp_path / ".out.partial"
    folder.mkdir()
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        refused("dataset.busy", operation, tmp_path / "out")


def test_a_killed_process_leaves_no_release(operation: Path, tmp_path: Path) -> None:
    amr = Path(sys.executable).with_name("amr")
    call = [str(amr), "dataset", "export", str(operation), "--out", str(tmp_path / "out"), "--seed", "1"]
    with subprocess.Popen(call, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it has begun
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "out").exists()
    done = subprocess.run(call, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr[-2000:]
    assert left_overs(tmp_path / "out") == ["out"]
    assert (tmp_path / "out" / "site" / "map.pgm").read_bytes()[:2] == b"P5"
