"""A desk that robots' computers enrol at, with a clock of the test's own."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from amr_core.site import site_dir
from amr_fleet.enrolment import EnrolmentDesk
from amr_interop.mqtt.site_files import write_files

ROBOTS = {"amr_01": "amr_01", "amr_02": "amr_02"}


class Clock:
    def __init__(self) -> None:
        self.now = datetime.datetime.now(datetime.UTC).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "mqtt"
    write_files(folder, {"amr_02": ("AMR", "amr_02")}, ["broker.site"], 8883)
    return folder


@pytest.fixture
def desk(app: FastAPI, keys: Path, clock: Clock) -> EnrolmentDesk:
    made = EnrolmentDesk(
        keys, ROBOTS, site="lab", site_folder=site_dir("lab"), broker="broker.site:8883", clock=clock, ticks=clock
    )
    app.state.context = dataclasses.replace(app.state.context, enrolment=made)
    return made
