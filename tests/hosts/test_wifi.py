"""Twelve robots on four computers over a port's Wi-Fi: nothing lost, done twice or met, hardly slower than by wire."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.hosts import wifi
from tests.hosts.switch import Port
from tests.hosts.wifi import CUT_S, WIFI, NotJudgedError, Weather, both, judged, throughput

ORDERS = int(os.environ.get("AMR_WIFI_ORDERS", "40"))
"""Each takes some 25 s of wall time with twelve robots."""
LEAST_SHARE = 0.9


@pytest.mark.hosts_long
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("_possible")
def test_twelve_robots_on_four_computers_over_wifi(tmp_path: Path) -> None:
    found = dict(both(tmp_path, ORDERS))
    for name, row in found.items():
        assert (row["delivered"], row["really_dropped"]) == (ORDERS, ORDERS), f"{name}: {row['words']}"
        assert row["collisions"] is not None, f"{name}: {row['words']}"
        wrong = {key: row[key] for key in ("doubled", "failed", "picked_twice", "dropped_twice", "collisions")}
        assert not any(wrong.values()), f"{name}: {wrong}"
        assert row["space_given_twice"] == 0
        assert "alarm.network" not in row["alarms"], f"{name}: {row['alarms']}"
    assert found["wifi"]["cuts"] > 0
    assert found["wifi"]["per_hour"] >= LEAST_SHARE * found["clean"]["per_hour"]


# The judge and the weather, without root ------------------------------------------------------------------------------


def truth(folder: Path, **robots: list[list[float]]) -> Path:
    """Write where robots were, ten times a second."""
    folder.mkdir()
    count = len(next(iter(robots.values())))
    lines = [json.dumps([k * 0.1, {name: at[k] for name, at in robots.items()}]) for k in range(count)]
    (folder / "truth.jsonl").write_text("\n".join(lines) + "\n[1.0, {")  # a line that is being written
    return folder


KINDS = {"a": "lift_amr", "b": "lift_amr"}


def straight(x: float, y: float, v: float, load: bool = False) -> list[list[float]]:
    return [[x + 0.1 * k * v, y, 0.0, load] for k in range(100)]


@pytest.mark.parametrize(
    ("b", "meetings"),
    [
        (straight(9.0, 0.0, -1.0), 1),  # head on, through each other: one meeting
        (straight(9.0, 5.0, -1.0), 0),
        (straight(-5.0, 0.0, 1.0), 0),  # behind, as fast
        (straight(0.2, 0.0, 1.0), 1),
    ],
)
def test_the_judge_counts_who_met(tmp_path: Path, b: list[list[float]], meetings: int) -> None:
    folders = [truth(tmp_path / "one", a=straight(0.0, 0.0, 1.0)), truth(tmp_path / "two", b=b)]
    samples, found = judged(folders, KINDS)
    assert 95 <= samples <= 100
    assert found == meetings


def test_the_judge_sees_between_two_samples_of_one_computer(tmp_path: Path) -> None:
    """A computer that was late for half a second has driven meanwhile: its robot was on the line between."""
    track = straight(0.0, 0.0, 1.0)
    a = truth(tmp_path / "one", a=track[:1] + track[-1:])
    (a / "truth.jsonl").write_text(f"[0.0, {json.dumps({'a': track[0]})}]\n[9.9, {json.dumps({'a': track[-1]})}]\n")
    b = truth(tmp_path / "two", b=[[5.0, 0.0, 0.0, 0.0]] * 100)
    assert judged([a, b], KINDS)[1] == 1


def test_a_computer_whose_robots_never_started_is_named(tmp_path: Path) -> None:
    good, silent = truth(tmp_path / "one", a=straight(0.0, 0.0, 1.0)), tmp_path / "computer2"
    with pytest.raises(NotJudgedError, match="computer2 wrote no truth"):
        judged([good, silent], KINDS)
    silent.mkdir()
    (silent / "truth.jsonl").write_text("[1.0, {")
    with pytest.raises(NotJudgedError, match="computer2 wrote no truth"):
        judged([good, silent], KINDS)
    (silent / "truth.jsonl").write_text(f"[99.0, {json.dumps({'b': [0.0, 0.0, 0.0, 0.0]})}]\n")
    with pytest.raises(NotJudgedError, match="at no time"):
        judged([good, silent], KINDS)


class Silent:
    """A fleet of which one computer never started, and which said why."""

    def __init__(self, network: object, folder: Path, *_given: object) -> None:
        self.computers = [Spy(folder=truth(folder / "c1", a=straight(0.0, 0.0, 1.0))), Spy(folder=folder / "c2")]

    def figures(self) -> dict[str, Any]:
        return {}

    def loads(self) -> tuple[Counter[str], Counter[str]]:
        return Counter(), Counter()

    def lateness(self) -> dict[str, Any]:
        return {"latest_s": 0.2, "lost_s": 0.0}

    def words(self) -> str:
        return "--- c2/wifi_robots.log\nModuleNotFoundError"


def test_a_run_that_cannot_be_judged_keeps_the_words_that_say_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clean").mkdir()
    monkeypatch.setattr(wifi, "Network", lambda *_: nullcontext())
    monkeypatch.setattr(wifi, "Fleet", Silent)
    row = wifi.runs(tmp_path, 1, -1.0, bad=False)
    assert (row["delivered"], row["samples"], row["collisions"]) == (0, 0, None)
    assert row["words"] == "not judged: c2 wrote no truth.jsonl\n--- c2/wifi_robots.log\nModuleNotFoundError"
    json.dumps(row)


@dataclass
class Spy:
    """A computer of which only the wire is there, and a folder if need be."""

    folder: Path = Path()
    port: Port = field(default_factory=lambda: Port("p", -1, "0"))


def test_each_computer_is_cut_for_1_to_5_s_a_minute() -> None:
    hosts: list[Any] = [Spy(), Spy()]
    weather = Weather(hosts)
    assert (hosts[0].port.up.loss, hosts[0].port.down.jitter) == (WIFI["loss"], WIFI["jitter"])
    off = [[0.0] * 10, [0.0] * 10]
    for tick in range(6000):
        weather.blow(tick * 0.1)
        for n, host in enumerate(hosts):
            off[n][tick // 600] += 0.1 * host.port.up.cut
    for minutes in off:
        assert all(CUT_S[0] - 0.2 <= seconds <= CUT_S[1] + 0.2 for seconds in minutes[1:]), minutes
    assert 16 <= weather.cuts <= 20
    assert off[0] != off[1]


def test_throughput_leaves_ramp_and_tail_out() -> None:
    assert throughput([]) == throughput([5.0]) == 0.0
    steady = [float(t) for t in range(0, 1000, 10)]
    assert throughput(steady) == 360.0
    assert throughput([*steady[:-3], 2000.0, 3000.0, 4000.0]) == 360.0
