"""`amr bench kills --apart`: the API is killed first in some lives, and only where it is a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from amr_lab.fleet_bench.kills import FleetKills


class Lives:
    """A process that counts how often its API was killed. there: it has one."""

    def __init__(self, there: bool = True) -> None:
        self.there, self.killed = there, 0

    def kill_api(self) -> bool:
        self.killed += 1
        return self.there


def kills(folder: Path, *, apart: bool) -> FleetKills:
    return FleetKills("lab", robots=1, kills=1, seed=1, folder=folder, apart=apart)


def test_the_api_is_killed_in_about_every_second_life_and_the_fleet_lives_on(tmp_path: Path) -> None:
    bench, process = kills(tmp_path, apart=True), Lives()
    lived = [bench._kill_api(cast(Any, process)) for _ in range(100)]
    assert bench.of_api == process.killed == sum(more > 0.0 for more in lived)
    assert 25 < bench.of_api < 75
    assert max(lived) > 10.0


@pytest.mark.parametrize(("apart", "there"), [(False, True), (True, False)])
def test_what_is_not_there_is_not_killed(tmp_path: Path, apart: bool, there: bool) -> None:
    bench, process = kills(tmp_path, apart=apart), Lives(there)
    assert [bench._kill_api(cast(Any, process)) for _ in range(20)] == [0.0] * 20
    assert bench.of_api == 0
    assert (process.killed > 0) is apart


def test_the_setup_of_the_process_says_so(tmp_path: Path) -> None:
    assert kills(tmp_path, apart=True)._setup.apart
