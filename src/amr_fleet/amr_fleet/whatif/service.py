"""Answers what-if questions in a process of its own, so that the fleet's own never waits for one."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import structlog

from amr_core.child_process import die_with_parent
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import Site
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.whatif.scenario import ForeseenAnswer, Question

_log = structlog.get_logger("amr_fleet.whatif")
_roadmaps: list[Roadmap] = []


def _begin() -> None:
    die_with_parent()  # a killed parent could not end it
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(3)  # behind the fleet; each question ends in seconds, and at 10 it got nothing on a busy computer


def _ready(site: Site) -> None:
    _begin()
    # Before the first question, which may be given up by then: the next one finds it built, and the engine loaded.
    _roadmaps.append(build_roadmap(site))
    importlib.import_module("amr_fleet.whatif.foresee")


def _answer(question: Question) -> ForeseenAnswer:
    from amr_fleet.whatif.foresee import foresee  # the engine and scipy: only in the process that answers

    return foresee(question, _roadmaps[0])


class WhatIf:
    """One worker process, started with the first question and kept."""

    def __init__(self, site: Site, settings: FleetSettings | None = None) -> None:
        """Start nothing yet. settings: those of the fleet that is asked about."""
        self._site = site
        self._settings = settings or FleetSettings()
        self._lock = threading.Lock()
        self._count_lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._found_dead: ProcessPoolExecutor | None = None
        self._deaths = 0
        self._cause = ""

    def ask(self, question: Question) -> Future[ForeseenAnswer]:
        """Return the answer to come; questions are answered one after the other."""
        question = replace(question, settings=self._settings)
        with self._lock:
            if self._pool is None:
                self._pool = self._start()
            try:
                answer = self._pool.submit(_answer, question)
            except BrokenProcessPool as error:  # it died: the next question gets a new one
                self._died(self._pool, error)
                self._pool = self._start()
                answer = self._pool.submit(_answer, question)
            pool = self._pool
        answer.add_done_callback(lambda done: self._heed(pool, done))
        return answer

    @property
    def trouble(self) -> str:
        """Why there are no answers: the process died more than once since the last one; "" = it is well."""
        return f"the what-if process died {self._deaths} times: {self._cause}" if self._deaths > 1 else ""

    def _heed(self, pool: ProcessPoolExecutor, done: Future[ForeseenAnswer]) -> None:
        if done.cancelled():
            return  # nobody waits for it any more
        error = done.exception()
        if isinstance(error, BrokenExecutor):
            self._died(pool, error)
        elif pool is self._pool:  # an answer, or a refusal: the process lives
            with self._count_lock:
                self._deaths = 0

    def _died(self, pool: ProcessPoolExecutor, error: BrokenExecutor) -> None:
        """Count the end of a process once, whoever finds out, and log the first of a row and each tenth.

        By a lock of its own: a pool may tell of it with its own lock held, which `ask` waits for with the other.
        """
        with self._count_lock:
            if pool is self._found_dead or pool is not self._pool:
                return
            self._found_dead = pool
            self._deaths += 1
            self._cause = " ".join(str(error).split())
            if self._deaths % 10 == 1:
                _log.warning("what_if_process_died", times=self._deaths, cause=self._cause)

    def _start(self) -> ProcessPoolExecutor:
        # spawn: a fork would inherit ROS threads and sockets.
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=spawn, initializer=_ready, initargs=(self._site,))

    def close(self) -> None:
        """Stop the process."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:  # without the lock: who waited for an answer hears that there is none
            pool.shutdown(wait=False, cancel_futures=True)
            for process in (pool._processes or {}).values():
                process.terminate()
