"""Who let a dataset out, and that a changed one does not go."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.dataset import gate
from amr_fleet.dataset.about import SUMS, files_in
from amr_fleet.store.journal import JournalStore
from tests.unit.dataset_world import one_order, state


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(state(tmp_path / "state", one_order()) / "journal.sqlite3")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "january"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "orders.csv").write_text("order\n1\n")
    (folder / "datapackage.json").write_text(json.dumps({"name": "january"}))
    (folder / "anonymisation.json").write_text(json.dumps({"profile": "public"}))
    sums = "".join(f"{file.sha256}  {file.path}\n" for file in files_in(folder))
    (folder / SUMS).write_text(sums)
    return folder


def listed(journal: str) -> list[gate.Gone]:
    with closing(JournalStore(journal)) as store:
        return gate.releases(store)


def refused(code: str, folder: Path, journal: str, by: str = "An", second: str = "Bình", judged: str = "") -> AmrError:
    with pytest.raises(AmrError) as error:
        gate.release(folder, journal, by=by, second=second, judged=judged)
    assert error.value.code == code
    return error.value


def test_two_persons_let_it_out_and_the_journal_remembers(dataset: Path, journal: str) -> None:
    gone = gate.release(dataset, journal, by="  Nguyễn  An ", second="Trần Bình", judged="8 of 8")
    assert listed(journal) == [gone]
    assert (gone.by, gone.second, gone.profile, gone.name) == ("Nguyễn An", "Trần Bình", "public", "january")
    assert gone.root == gate.root_of(dataset)
    with closing(JournalStore(journal)) as store:
        last = store.read()[-1]
    assert (last.kind, last.facts["root"], last.facts["judged"]) == ("dataset_released", gone.root, "8 of 8")


@pytest.mark.parametrize(("by", "second"), [("An", "An"), ("An", " an "), ("An", ""), ("", "Bình"), ("An\n", "Bình")])
def test_one_person_is_not_enough(dataset: Path, journal: str, by: str, second: str) -> None:
    refused("dataset.gate", dataset, journal, by, second)
    assert listed(journal) == []


def test_a_changed_missing_or_added_file_is_named(dataset: Path, journal: str) -> None:
    orders = dataset / "data" / "orders.csv"
    orders.write_text("order\n2\n")
    assert "data/orders.csv" in str(refused("dataset.changed", dataset, journal))
    orders.unlink()
    assert "missing" in str(refused("dataset.changed", dataset, journal))
    orders.write_text("order\n1\n")
    (dataset / "more.txt").write_text("x")
    assert "not listed" in str(refused("dataset.changed", dataset, journal))
    (dataset / "more.txt").unlink()
    (dataset / SUMS).unlink()
    refused("dataset.changed", dataset, journal)
    assert listed(journal) == []


def test_it_goes_out_once(dataset: Path, journal: str) -> None:
    gate.release(dataset, journal, by="An", second="Bình")
    refused("dataset.gate", dataset, journal)


def test_what_is_withdrawn_stays_listed(dataset: Path, journal: str) -> None:
    root = gate.release(dataset, journal, by="An", second="Bình").root
    gate.withdraw(root, journal, by="An", reason="a wrong period")
    (gone,) = listed(journal)
    assert (gone.root, gone.withdrawn) == (root, "a wrong period")
    for wrong, why in ((root, "again"), ("0" * 64, "who?"), (root, "")):
        with pytest.raises(AmrError) as error:
            gate.withdraw(wrong, journal, by="An", reason=why)
        assert error.value.code == "dataset.gate"


def test_a_fleet_that_runs_keeps_its_journal(dataset: Path, journal: str) -> None:
    with closing(JournalStore(journal)) as fleet:
        fleet.own()
        with pytest.raises(AmrError) as error:
            gate.release(dataset, journal, by="An", second="Bình")
    assert error.value.code == "store.in_use"
