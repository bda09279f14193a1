"""What hinders a robot is tried seldom, and what hinders one attempt is no answer about another."""

from __future__ import annotations

import itertools

from amr_fleet.domain.hindrance import ASK_AGAIN, Hindrance, Trials

SILENT, ZONE = Hindrance(robot="amr_02"), Hindrance(zone="Z1")


class Asking:
    """Asks once a second about two attempts, as one look at all causes does."""

    def __init__(self) -> None:
        self.trials, self.now = Trials(), 100.0
        self.tried: list[tuple[float, str]] = []

    def ask(self, attempt: str, found: Hindrance | None) -> Hindrance | None:
        def find() -> Hindrance | None:
            self.tried.append((self.now, attempt))
            return found

        return self.trials.ask(self.now, attempt, find)


def test_each_attempt_has_its_own_answer_and_its_turn() -> None:
    """Asked in one look, the second order's place read what was in the way to the first one's."""
    asking = Asking()
    assert asking.ask("from A1", SILENT) == SILENT
    assert asking.ask("from B1", ZONE) is None, "nobody knows yet"
    for _ in range(20):
        asking.now += 1.0
        answers = asking.ask("from A1", SILENT), asking.ask("from B1", ZONE)
        assert answers in ((SILENT, None), (SILENT, ZONE))
    assert answers == (SILENT, ZONE)
    times = [at for at, _ in asking.tried]
    assert [later - at for at, later in itertools.pairwise(times)] == [ASK_AGAIN] * (len(times) - 1)
    assert {attempt for _, attempt in asking.tried[:2]} == {"from A1", "from B1"}


def test_an_attempt_that_nobody_asks_about_any_more_takes_no_turn() -> None:
    asking = Asking()
    for number in range(5):
        asking.ask(f"to {number}", None)
    for _ in range(40):
        asking.now += 1.0
        asking.ask("step", SILENT)
    assert set(asking.trials.known) == {"step"}
    assert asking.trials.last("step") == SILENT
    assert asking.trials.last("to 1") is None
