"""The outbox of webhooks: what is to be sent to whom, how often it was tried, what was given up.

Rows and the place in the journal that they were made from are written in one transaction, so a process that is killed
anywhere goes on without a gap; what was sent and not yet marked is sent once more, under the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from amr_fleet.store.database import Database
from amr_fleet.store.schema import webhook_events as events
from amr_fleet.store.schema import webhook_targets as targets

KEPT_S: Final = 7 * 86400.0
"""s that what was sent is kept."""
LINES_KEPT_S: Final = 90 * 86400.0
"""s that the last row of a line is kept, which says what number comes next."""


@dataclass(frozen=True)
class OutgoingEvent:
    """An event for one target. line: what it is one of; number: in its line, from 1; at: when it was made or given up.

    row 0: not stored yet. Times in Unix seconds.
    """

    target: str
    event_id: str
    type: str
    line: str
    body: str
    row: int = 0
    number: int = 0
    attempts: int = 0
    due: float = 0.0
    reason: str = ""
    at: float = 0.0


@dataclass(frozen=True)
class TargetStanding:
    """How a target does. seq: of the last journal entry that was looked at; stopped: why nothing is sent, "" = it is;
    oldest: when the oldest waiting event was made (Unix seconds), 0.0 = none waits."""

    name: str
    seq: int
    stopped: str
    waiting: int
    dead: int
    sent: int
    oldest: float


_COLUMNS: Final = (
    events.c.target, events.c.event_id, events.c.type, events.c.line, events.c.body, events.c.id, events.c.number,
    events.c.attempts, events.c.due, events.c.reason, events.c.at,
)  # fmt: skip


class OutgoingStore:
    """Tables `webhook_events` and `webhook_targets`. Every failure is AmrError("store.failed"). Any thread."""

    def __init__(self, where: str) -> None:
        """Open or create the database: a file, ":memory:" or postgresql://user@host/name."""
        self._database = Database(where)

    def begin(self, target: str, seq: int) -> int:
        """Return how far a target has come in the journal; a new one begins after entry seq."""
        with self._database.begin() as connection:
            found = connection.execute(select(targets.c.seq).where(targets.c.name == target)).scalar_one_or_none()
            if found is not None:
                return int(found)
            connection.execute(insert(targets), {"name": target, "seq": seq, "stopped": ""})
        return seq

    def add(self, target: str, found: Sequence[OutgoingEvent], seq: int) -> None:
        """Write events, and that the journal was looked at up to entry seq, all at once."""
        with self._database.begin() as connection:
            numbers: dict[str, int] = {}
            rows: list[dict[str, Any]] = []
            for event in found:
                if event.line not in numbers:
                    numbers[event.line] = _last_number(connection, target, event.line)
                numbers[event.line] += 1
                row: dict[str, Any] = {
                    "target": target,
                    "event_id": event.event_id,
                    "type": event.type,
                    "line": event.line,
                }
                row |= {"number": numbers[event.line], "body": event.body, "state": "waiting", "attempts": 0}
                rows.append(row | {"due": 0.0, "reason": "", "at": event.at})
            if rows:
                connection.execute(insert(events), rows)
            connection.execute(update(targets).where(targets.c.name == target).values(seq=seq))

    def due(self, target: str, now: float, limit: int) -> list[OutgoingEvent]:
        """Return what may be sent now (Unix seconds), oldest first: of each line only its oldest event that waits."""
        older = events.alias()
        before = exists().where(
            and_(
                older.c.target == target, older.c.line == events.c.line,
                older.c.state == "waiting", older.c.id < events.c.id,
            )
        )  # fmt: skip
        mine = and_(events.c.target == target, events.c.state == "waiting", events.c.due <= now, ~before)
        with self._database.begin() as connection:
            rows = connection.execute(select(*_COLUMNS).where(mine).order_by(events.c.id).limit(limit))
            return [OutgoingEvent(*row) for row in rows]

    def sent(self, row: int, now: float) -> None:
        """Mark an event as taken by its target."""
        self._set(row, state="sent", reason="", at=now)

    def failed(self, row: int, attempts: int, due: float, reason: str) -> None:
        """Note a try that came to nothing; the next one is due then."""
        self._set(row, attempts=attempts, due=due, reason=reason)

    def give_up(self, row: int, attempts: int, reason: str, now: float) -> None:
        """Put an event on the list of dead letters: a person decides. Later ones of its line go on."""
        self._set(row, state="dead", attempts=attempts, reason=reason, at=now)

    def moot(self, row: int, reason: str, now: float) -> None:
        """Note that an event needs no sending any more; nobody has to decide about it."""
        self._set(row, state="moot", reason=reason, at=now)

    def _set(self, row: int, **values: object) -> None:
        with self._database.begin() as connection:
            connection.execute(update(events).where(events.c.id == row).values(**values))

    def hurry(self, target: str) -> None:
        """Make everything that waits for a target due: it answers again."""
        with self._database.begin() as connection:
            waiting = and_(events.c.target == target, events.c.state == "waiting")
            connection.execute(update(events).where(waiting).values(due=0.0))

    def stop(self, target: str, reason: str) -> None:
        """Send nothing to a target any more until a person resumes it."""
        with self._database.begin() as connection:
            connection.execute(update(targets).where(targets.c.name == target).values(stopped=reason))

    def stopped(self, target: str) -> str:
        """Return why nothing is sent to a target, "" = it is."""
        with self._database.begin() as connection:
            query = select(targets.c.stopped).where(targets.c.name == target)
            return str(connection.execute(query).scalar_one_or_none() or "")

    def dead(self, limit: int, names: Sequence[str] | None = None) -> list[OutgoingEvent]:
        """Return the dead letters of some targets, None = of all, newest first."""
        query = select(*_COLUMNS).where(events.c.state == "dead").order_by(events.c.at.desc(), events.c.id.desc())
        if names is not None:
            query = query.where(events.c.target.in_(names))
        with self._database.begin() as connection:
            return [OutgoingEvent(*row) for row in connection.execute(query.limit(limit))]

    def recent(self, names: Sequence[str], limit: int) -> list[tuple[OutgoingEvent, str]]:
        """Return the newest events of some targets, newest first, each with its state.

        waiting, sent, dead, moot, or dropped: given up for good.
        """
        query = select(*_COLUMNS, events.c.state).where(events.c.target.in_(names)).order_by(events.c.id.desc())
        with self._database.begin() as connection:
            return [(OutgoingEvent(*row[:-1]), str(row[-1])) for row in connection.execute(query.limit(limit))]

    def resend(self, target: str, row: int | None = None) -> int:
        """Send dead letters again (one, or all of a target), and resume the target; return how many there are.

        A row that is no dead letter of the target changes nothing.
        """
        mine = and_(events.c.target == target, events.c.state == "dead")
        if row is not None:
            mine = and_(mine, events.c.id == row)
        with self._database.begin() as connection:
            count = connection.execute(update(events).where(mine).values(state="waiting", attempts=0, due=0.0)).rowcount
            if count or row is None:
                connection.execute(update(targets).where(targets.c.name == target).values(stopped=""))
            return count

    def drop(self, target: str, row: int, now: float) -> bool:
        """Give a dead letter up for good; False when the target has no such one."""
        mine = and_(events.c.target == target, events.c.state == "dead", events.c.id == row)
        with self._database.begin() as connection:
            return bool(connection.execute(update(events).where(mine).values(state="dropped", at=now)).rowcount)

    def standing(self, target: str) -> TargetStanding:
        """Return how a target does."""
        with self._database.begin() as connection:
            row = connection.execute(select(targets).where(targets.c.name == target)).one_or_none()
            query = select(events.c.state, func.count(), func.min(events.c.at)).where(events.c.target == target)
            found = {state: (count, at) for state, count, at in connection.execute(query.group_by(events.c.state))}
        seq, stopped = (int(row.seq), str(row.stopped)) if row is not None else (0, "")
        counts = {state: int(found.get(state, (0, 0.0))[0]) for state in ("waiting", "dead", "sent")}
        return TargetStanding(target, seq, stopped, oldest=float(found.get("waiting", (0, 0.0))[1]), **counts)

    def forget(self, now: float) -> None:
        """Delete what was sent or dropped long ago; the last row of each line stays longer, for its number."""
        later = events.alias()
        last = ~exists().where(
            and_(later.c.target == events.c.target, later.c.line == events.c.line, later.c.id > events.c.id)
        )
        old = and_(events.c.state.in_(("sent", "dropped")), events.c.at < now - KEPT_S)
        with self._database.begin() as connection:
            connection.execute(delete(events).where(and_(old, ~last)))
            connection.execute(delete(events).where(and_(old, events.c.at < now - LINES_KEPT_S)))

    def forget_whole(self, prefix: str, now: float) -> None:
        """Delete what ended KEPT_S ago of the targets that are named so, however it ended.

        Not for targets whose receivers count on numbers, or whose dead letters a person sends again.
        """
        over = events.c.state.in_(("sent", "dead", "moot", "dropped"))
        mine = events.c.target.startswith(prefix, autoescape=True)
        with self._database.begin() as connection:
            connection.execute(delete(events).where(and_(mine, over, events.c.at < now - KEPT_S)))

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def _last_number(connection: Connection, target: str, line: str) -> int:
    mine = and_(events.c.target == target, events.c.line == line)
    return int(connection.execute(select(func.coalesce(func.max(events.c.number), 0)).where(mine)).scalar_one())
