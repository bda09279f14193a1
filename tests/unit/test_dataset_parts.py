"""Periods, pseudonyms, k-anonymity: the small parts of a dataset."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_core import check_digits
from amr_core.errors import AmrError
from amr_fleet.dataset.anonymise import K, L, PersonAction, anonymise, measure
from amr_fleet.dataset.calendar import Calendar, stretch
from amr_fleet.dataset.pseudonyms import Pseudonyms, fresh_key, kept_key, seeded_key

CALENDAR = Calendar.of(30 * 86400.0)
REAL = Calendar.of(1.8e9)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2027-01", "2027-01-01T00:00+07:00", "2027-02-01T00:00+07:00"),
        ("2026-12", "2026-12-01T00:00+07:00", "2027-01-01T00:00+07:00"),
        ("2028-02", "2028-02-01T00:00+07:00", "2028-03-01T00:00+07:00"),
        ("2027-Q1", "2027-01-01T00:00+07:00", "2027-04-01T00:00+07:00"),
        ("2027-Q4", "2027-10-01T00:00+07:00", "2028-01-01T00:00+07:00"),
        ("2027", "2027-01-01T00:00+07:00", "2028-01-01T00:00+07:00"),
        ("2027-W01", "2027-01-04T00:00+07:00", "2027-01-11T00:00+07:00"),
        ("2027-01-05", "2027-01-05T00:00+07:00", "2027-01-06T00:00+07:00"),
        ("2027-01-05T06:00/2027-01-05T14:00", "2027-01-05T06:00+07:00", "2027-01-05T14:00+07:00"),
        ("2027-01-05/2027-01-07", "2027-01-05T00:00+07:00", "2027-01-07T00:00+07:00"),
    ],
)
def test_a_period_begins_and_ends_at_local_midnight(text: str, begin: str, end: str) -> None:
    found = stretch(text, REAL, 0.0, 4e9)
    assert found.begin == datetime.fromisoformat(begin).timestamp()
    assert found.end == datetime.fromisoformat(end).timestamp()
    assert found.holds(found.begin)
    assert not found.holds(found.end)


@pytest.mark.parametrize(
    "text", ["", "2027-13", "2027-Q5", "2027-W60", "next month", "2027-01-05/2027-01-04", "2027-1"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(AmrError) as error:
        stretch(text, REAL, 0.0, 4e9)
    assert error.value.code == "dataset.period"


def test_a_period_without_data_is_refused_and_says_what_there_is() -> None:
    with pytest.raises(AmrError, match="2027-01-01 to 2027-01-31") as error:
        stretch("2027-03", CALENDAR, 0.0, 30 * 86400.0)
    assert error.value.code == "dataset.empty"


def test_the_first_midnight_of_a_simulation_is_the_epoch() -> None:
    assert CALENDAR.local(0.0) == "2027-01-01T00:00:00.000+07:00"
    assert Calendar.of(5.0, date(2027, 1, 4)).local(3600.0) == "2027-01-04T01:00:00.000+07:00"
    assert CALENDAR.simulated
    assert not REAL.simulated


@given(st.binary(min_size=32, max_size=32))
def test_moved_dates_keep_hour_and_weekday_and_lie_earlier(key: bytes) -> None:
    moved = REAL.shifted(key)
    t = datetime(2027, 1, 5, 8, 30, tzinfo=UTC).timestamp()
    earlier = REAL.utc(t) - moved.utc(t)
    assert earlier >= timedelta(weeks=1)
    assert earlier % timedelta(weeks=1) == timedelta(0)


def test_pseudonyms_are_the_same_under_one_key_and_join_nothing_under_another() -> None:
    a, b = Pseudonyms(seeded_key(1)), Pseudonyms(seeded_key(2))
    assert a.name("order", "o1") == Pseudonyms(seeded_key(1)).name("order", "o1")
    assert a.name("order", "o1") != b.name("order", "o1")
    assert a.name("order", "o1").split("-")[1] != a.name("lot", "o1").split("-")[1]
    assert a.name("order", "") == a.sscc("") == ""


def test_a_load_gets_a_valid_sscc_that_no_company_owns() -> None:
    names = Pseudonyms(fresh_key())
    found = {names.sscc(str(i)) for i in range(2000)}
    assert len(found) >= 1999
    for sscc in found:
        assert len(sscc) == 18
        assert sscc[1:4] == "952"  # GS1's demonstration range
        assert sscc[-1] == check_digits.gs1(sscc[:-1])


def test_a_kept_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "partner.key"
    key = kept_key(path)
    assert kept_key(path) == key
    assert len(key) == 32
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "zz", "00" * 8])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "k"
    path.write_text(content)
    with pytest.raises(AmrError) as error:
        kept_key(path)
    assert error.value.code == "dataset.key"


def _actions(seed: int, count: int) -> list[PersonAction]:
    rng = random.Random(seed)
    begin = datetime(2027, 1, 4, tzinfo=UTC)
    return [
        PersonAction(
            rng.choice(["alarm_acked", "zone_set", "robot_paused"]), begin + timedelta(minutes=rng.randrange(10_000)),
            rng.choice("123"), rng.choice(["dock", "block"]), rng.choice(["operator", "engineer"]),
        )
        for _ in range(count)
    ]  # fmt: skip


@given(st.integers(0, 10_000), st.integers(0, 400))
def test_what_leaves_has_k_and_l_or_does_not_leave(seed: int, count: int) -> None:
    safe = anonymise(_actions(seed, count))
    assert safe.before == count
    assert safe.left_out == count - len(safe.rows) >= 0
    if safe.rows:
        assert safe.k_after >= K
        assert safe.l_after >= L
        assert (safe.k_after, safe.l_after) == measure(safe.rows)
    else:
        assert (safe.k_after, safe.l_after) == (0, 0)


def test_many_actions_keep_more_detail_than_few() -> None:
    crowd = [a for a in _actions(1, 50) for _ in range(20)]
    few = anonymise(_actions(1, 50))
    many = anonymise([PersonAction(("zone_set", "alarm_acked")[i % 2], a.when, a.shift, a.zone, a.role)
                      for i, a in enumerate(crowd)])  # fmt: skip
    assert many.step.startswith("15 min")
    assert many.k_after >= K
    assert few.step != many.step
    assert few.k_before == 1


def test_one_who_always_does_the_same_is_left_out() -> None:
    alike = [PersonAction("alarm_acked", datetime(2027, 1, 4, tzinfo=UTC), "1", "dock", "operator")] * 50
    safe = anonymise(alike)
    assert safe.rows == []
    assert safe.left_out == 50


def test_four_actions_are_too_few() -> None:
    assert anonymise(_actions(1, 4)).rows == []
