"""Answers what-if questions in a process of its own, so that the fleet's own never waits for one."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

from amr_core.child_process import die_with_parent
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import Site
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.whatif.foresee import foresee
from amr_fleet.whatif.scenario import ForeseenAnswer, Question

_roadmaps: list[Roadmap] = []


def _begin() -> None:
    die_with_parent()  # a killed parent could not end it
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(3)  # behind the fleet; each question ends in seconds, and at 10 it got nothing on a busy computer


def _ready(site: Site) -> None:
    _begin()
    # Before the first question, which may be given up by then: the next one finds it built.
    _roadmaps.append(build_roadmap(site))


def _answer(question: Question) -> ForeseenAnswer:
    return foresee(question, _roadmaps[0])


class WhatIf:
    """One worker process, started with the first question and kept."""

    def __init__(self, site: Site, settings: FleetSettings | None = None) -> None:
        """Start nothing yet. settings: those of the fleet that is asked about."""
        self._site = site
        self._settings = settings or FleetSettings()
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def ask(self, question: Question) -> Future[ForeseenAnswer]:
        """Return the answer to come; questions are answered one after the other."""
        question = replace(question, settings=self._settings)
        with self._lock:
            if self._pool is None:
                self._pool = self._start()
            try:
                return self._pool.submit(_answer, question)
            except BrokenProcessPool:  # it was killed: the next question gets a new one
                self._pool = self._start()
                return self._pool.submit(_answer, question)

    def _start(self) -> ProcessPoolExecutor:
        # spawn: a fork would inherit ROS threads and sockets.
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=spawn, initializer=_ready, initargs=(self._site,))

    def close(self) -> None:
        """Stop the process."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                for process in (self._pool._processes or {}).values():
                    process.terminate()
                self._pool = None
