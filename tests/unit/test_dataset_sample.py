"""The sample that comes with the project, and what the example does with it."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from amr_core.site import load_site
from amr_fleet.dataset.schema import TABLES, dictionary
from amr_lab.operation.demand import wishes
from amr_lab.operation.staff import NAMES

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "docs" / "samples" / "cai_cui_week.zip"
FORECAST = ROOT / "docs" / "examples" / "demand_forecast.py"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(SAMPLE) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def forecast() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demand_forecast", FORECAST)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_small_and_whole(files: dict[str, bytes]) -> None:
    assert SAMPLE.stat().st_size <= 5_000_000
    listed = {line[66:]: line[:64] for line in files["SHA256SUMS"].decode().splitlines()}
    assert listed == {n: hashlib.sha256(c).hexdigest() for n, c in files.items() if n != "SHA256SUMS"}


def test_it_is_as_todays_export_would_be(files: dict[str, bytes]) -> None:
    # What describes its files (ro-crate-metadata.json) may be worded differently today; a changed table makes it stale.
    stale = "the sample is of other tables than today's: make it anew with `make sample`"
    for name, table in TABLES.items():
        header = files[f"data/{name}.csv"].decode().partition("\n")[0]
        assert header == ",".join(table.names), stale
    lines = [tuple(line) for line in csv.reader(io.StringIO(files["dictionary.csv"].decode()))][1:]
    today = list(dictionary())
    assert [_without_words(line) for line in lines] == [_without_words(line) for line in today], stale
    for then, now in zip(lines, today, strict=True):  # what a list has got since is in no row of that week
        assert set(_words(then)) <= set(_words(now)), f"{stale} ({then[:2]})"


def _words(line: tuple[str, ...]) -> list[str]:
    return [word for cell in line if " | " in cell for word in cell.split(" | ")]


def _without_words(line: tuple[str, ...]) -> list[str]:
    return ["" if " | " in cell else cell for cell in line]


def test_it_is_a_simulated_week_and_says_so(files: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(files["data/orders.csv"].decode())))
    assert len(rows) > 500
    assert len({row["created"][:10] for row in rows}) == 7
    assert {row["origin"] for row in rows} == {"sim"}
    assert "mô phỏng" in files["README.md"].decode()
    assert json.loads(files["anonymisation.json"])["profile"] == "public"


def test_no_name_of_its_people_is_in_it(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        for person in NAMES:
            assert person.encode() not in content, name
            assert json.dumps(person).encode() not in content, name


def test_the_forecast_beats_as_yesterday_on_it() -> None:
    done = subprocess.run([sys.executable, str(FORECAST), str(SAMPLE)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("% less") == 2


def test_it_beats_it_in_other_weeks_too(forecast: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    site = load_site("cai_cui")
    gains: dict[str, list[float]] = {name: [] for name in forecast.METHODS}
    for seed in range(2, 14):  # the sample is seed 1
        counts = np.zeros((7, 24))
        for t, _ in wishes(site, seed=seed, orders_per_hour=5.0):
            if t >= 7 * 86400.0:
                break
            counts[int(t // 86400), int(t % 86400 // 3600)] += 1
        for name, (method, choices) in forecast.METHODS.items():
            naive, ours = forecast.errors(counts, method, choices).mean(axis=1)
            gains[name].append(1.0 - ours / naive)
    with capsys.disabled():
        for name, found in gains.items():
            mean, least = 100 * np.mean(found), 100 * min(found)
            sys.stdout.write(f"\n{name}: {mean:.0f} % less error in the mean of 12 weeks, {least:.0f} % at least\n")
    assert all(min(found) > 0.0 for found in gains.values())


def test_the_day_that_is_judged_is_not_learnt_from(forecast: ModuleType) -> None:
    rng = np.random.default_rng(3)
    past, today = rng.poisson(6.0, (4, 24)).astype(float), rng.poisson(6.0, 24).astype(float)
    other = today.copy()
    other[12:] += 50.0
    ahead = [forecast.day_ahead(past, day, 0.25, 0.25) for day in (today, other)]
    assert (ahead[0] == ahead[1]).all()
    hour = [forecast.hour_ahead(past, day, 0.25, 30.0) for day in (today, other)]
    assert (hour[0][:13] == hour[1][:13]).all()
    assert (hour[0][13:] < hour[1][13:]).all()


def test_too_few_days_are_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("created\n2027-01-04T01:00:00.000+07:00\n")
    done = subprocess.run([sys.executable, str(FORECAST), str(tmp_path)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert "too few" in done.stdout
