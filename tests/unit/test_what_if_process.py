"""The process that answers what-if: it is replaced when it dies, and nobody waits for a dead one."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_fleet.whatif.foresee import foresee
from amr_fleet.whatif.scenario import Question, Scenario
from amr_fleet.whatif.service import WhatIf
from tests.unit.test_what_if import ROADMAP, SITE


def test_a_process_of_its_own_answers_and_is_replaced_when_killed() -> None:
    lab = load_site("lab")
    small = Rehearsal(build_roadmap(lab), units_of(lab, 2))
    small.run(lambda r: r.engine.ready, 20.0)
    small.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))])
    question = Question(site=lab, snapshot=small.engine.snapshot())
    slow = FleetSettings(base_length=1.0, base_edges=1)
    assert foresee(replace(question, settings=slow)).before.finish > foresee(question).before.finish
    service = WhatIf(lab, slow)
    try:
        as_the_fleet = foresee(replace(question, settings=slow)).before.finish
        assert service.ask(question).result(timeout=100).before.finish == as_the_fleet > 0
        assert service._pool is not None
        for process in list((service._pool._processes or {}).values()):
            process.kill()
            process.join()
        with contextlib.suppress(BrokenProcessPool):
            service.ask(question).result(timeout=100)  # the one that finds out may fail
        assert service.ask(question).result(timeout=100).before.finish > 0
        unknown = ZoneRequest(zone_id="z", kind="closed", elements=("nowhere",), user="lan")
        refused = service.ask(replace(question, scenario=Scenario(zones=(unknown,))))
        with pytest.raises(AmrError, match=r"zone\.invalid"):
            refused.result(timeout=100)
    finally:
        service.close()


class Dying:
    """A pool whose process dies with the first question; lost: that one was given up before."""

    _processes = None

    def __init__(self, *, lost: bool = False, lives: bool = False) -> None:
        self.asked, self.lost, self.lives = 0, lost, lives

    def submit(self, *_: object) -> Future[object]:
        self.asked += 1
        answer: Future[object] = Future()
        if self.lives:
            answer.set_result("an answer")
        elif self.asked > 1:
            raise BrokenProcessPool("terminated\nabruptly")
        elif not self.lost:
            answer.set_exception(BrokenProcessPool("terminated\nabruptly"))
        return answer

    def shutdown(self, **_: object) -> None:
        """There is nothing to end."""


class Locked(Dying):
    """A pool that tells of a death with its lock held, which `submit` takes, as Python 3.12 and later do."""

    def __init__(self) -> None:
        super().__init__(lost=True)
        self.lock = threading.Lock()
        self.answer: Future[object] = Future()
        self.asking, self.told = threading.Event(), threading.Event()

    def submit(self, *_: object) -> Future[object]:
        self.asked += 1
        if self.asked == 1:
            return self.answer
        self.asking.set()
        self.told.wait(5.0)  # until the thread that tells of the death holds the lock
        if not self.lock.acquire(timeout=5.0):
            raise AssertionError("both wait for each other")
        self.lock.release()
        raise BrokenProcessPool("terminated")

    def die(self) -> None:
        with self.lock:
            self.told.set()
            self.asking.wait(5.0)
            self.answer.set_exception(BrokenProcessPool("terminated"))


def test_a_question_while_the_process_dies_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    service = WhatIf(SITE)
    question = Question(site=SITE, snapshot=Rehearsal(ROADMAP, units_of(SITE, 1)).engine.snapshot())
    first = Locked()
    pools: list[Dying] = [first, Dying(lives=True)]
    monkeypatch.setattr(service, "_start", lambda: pools.pop(0))
    service.ask(question)
    dies = threading.Thread(target=first.die)
    dies.start()
    assert str(service.ask(question).result(5.0)) == "an answer"
    dies.join(5.0)
    assert not dies.is_alive()


@pytest.mark.parametrize("lost", [False, True])
def test_a_process_that_dies_each_time_is_logged_once_and_known(monkeypatch: pytest.MonkeyPatch, lost: bool) -> None:
    """It was told as a busy computer, without a line in the log."""
    service = WhatIf(SITE)
    question = Question(site=SITE, snapshot=Rehearsal(ROADMAP, units_of(SITE, 1)).engine.snapshot())
    pools: list[Dying] = []

    def start() -> Dying:
        pools.append(Dying(lost=lost))
        return pools[-1]

    monkeypatch.setattr(service, "_start", start)
    with capture_logs() as told:
        for number in range(1, 10):
            answer = service.ask(question)
            answer.cancel()  # as who waits too long
            deaths = number - lost
            known = f"the what-if process died {deaths} times: terminated abruptly" if deaths > 1 else ""
            assert service.trouble == known
        assert len(pools) == 9
        pools.append(Dying(lives=True))
        monkeypatch.setattr(service, "_start", lambda: pools[-1])
        assert str(service.ask(question).result(0)) == "an answer"
    assert service.trouble == ""
    assert [(line["event"], line["times"], line["cause"]) for line in told] == [
        ("what_if_process_died", 1, "terminated abruptly")
    ]
    service.close()
