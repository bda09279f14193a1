"""Days of simulated operation as a state folder."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core import check_digits
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.domain import cargo_ids
from amr_fleet.sandbox.book import book_of
from amr_fleet.store.journal import JournalStore, read_entries
from amr_lab.operation.demand import BY_DAY, BY_HOUR, container, rate, sscc, wishes
from amr_lab.operation.run import FIRST_MIDNIGHT, SimulatedDays, simulate

SITE = load_site("cai_cui")


def test_demand_follows_the_hour_and_the_day_and_its_mean_is_as_asked() -> None:
    found = [t for t, _ in takewhile(lambda w: w[0] < 28 * 86400, wishes(SITE, seed=3, orders_per_hour=20.0))]
    assert len(found) == pytest.approx(28 * 24 * 20.0, rel=0.05)
    hours = Counter(int(t % 86400 // 3600) for t in found)
    assert hours[9] > 5 * hours[2]
    days = Counter(int(t // 86400) % 7 for t in found)
    assert days[4] / days[6] == pytest.approx(BY_DAY[4] / BY_DAY[6], rel=0.15)
    assert sum(rate(3600.0 * h) for h in range(168)) / 168 == pytest.approx(1.0)
    assert len(BY_HOUR) == 24


def test_numbers_of_loads_are_valid_and_nobodys() -> None:
    assert cargo_ids.sscc(sscc(7))[1:4] == "952"
    assert cargo_ids.container(container(7)).startswith("XXXU")
    assert check_digits.gs1(sscc(8)[:-1]) == sscc(8)[-1]


def test_the_same_seed_gives_the_same_journal(tmp_path: Path) -> None:
    what = SimulatedDays(site=SITE, robots=3, hours=0.35, orders_per_hour=300.0, seed=5, breakdowns=20.0)
    counts = [simulate(what, tmp_path / name) for name in ("a", "b")]
    journals = []
    for name in ("a", "b"):
        store = JournalStore(str(tmp_path / name / "journal.sqlite3"))
        journals.append(store.read())
        store.close()
    assert journals[0] == journals[1]
    assert counts[0] == len(journals[0]) > 50
    kinds = Counter(e.kind for e in journals[0])
    assert kinds["order_done"] > 0
    assert kinds["order_evidence"] > 0
    assert list((tmp_path / "a" / "recordings").glob("*.mcap"))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"hours": 0.0}, "run.bad_option"),
        ({"orders_per_hour": 0.0}, "run.bad_option"),
        ({"robots": 99}, "run.robot_count"),
    ],
)
def test_what_cannot_be_simulated_is_refused(tmp_path: Path, more: dict[str, float], code: str) -> None:
    values = {"robots": 2, "hours": 1.0, "orders_per_hour": 5.0, **more}
    with pytest.raises(AmrError) as error:
        simulate(SimulatedDays(site=SITE, **values), tmp_path / "s")  # type: ignore[arg-type]
    assert error.value.code == code
    assert not (tmp_path / "s").exists()


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"x")
    with pytest.raises(AmrError) as error:
        simulate(SimulatedDays(site=SITE, robots=2, hours=1.0, orders_per_hour=5.0), tmp_path)
    assert error.value.code == "store.not_empty"


def test_days_under_a_permit_are_driven_under_it_and_make_a_dossier_that_holds(tmp_path: Path) -> None:
    state, out = tmp_path / "state", tmp_path / "dossier"
    what = SimulatedDays(site=SITE, robots=3, hours=0.2, orders_per_hour=300.0, seed=5, trial=FIRST_MIDNIGHT)
    simulate(what, state)
    entries = read_entries(str(state / "journal.sqlite3"))
    book = book_of(entries)
    (trial,) = book.trials.values()
    assert (trial.state, trial.breaches) == ("running", ())
    assert book.utc(0.0) == pytest.approx(FIRST_MIDNIGHT)
    assert trial.record.envelope.serials == ("amr_01", "amr_02", "amr_03")
    assert any(e.kind == "mission_started" for e in entries)
    for words in (["dossier", str(state), str(out)], ["verify", str(out)]):
        done = CliRunner().invoke(app, ["sandbox", *words])
        assert done.exit_code == 0, done.output
    assert "hồ sơ nguyên vẹn" in done.output
