"""Answers kept under an Idempotency-Key, so that a request that is sent again gets the answer of the first time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select, update

from amr_fleet.store.database import Database
from amr_fleet.store.schema import answers

KEPT_S: Final = 7 * 86400.0
"""s that a key is known; the draft of the IETF leaves it open, WMS send again for a day at most."""


@dataclass(frozen=True)
class KeptAnswer:
    """What is known of a key. body: keyed hash of what was asked; status 0: the answer is not known (yet)."""

    body: str
    status: int = 0
    media_type: str = ""
    answer: bytes = b""


class AnswerStore:
    """Rows of the table `answers`. Every failure is AmrError("store.failed")."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, key: str, body: str, now: float) -> KeptAnswer | None:
        """Return what is known of a key; None: it was not known, and is from now on (now: Unix seconds)."""
        with self._database.begin() as connection:
            connection.execute(delete(answers).where(answers.c.at < now - KEPT_S))
            columns = (answers.c.body, answers.c.status, answers.c.media_type, answers.c.answer)
            row = connection.execute(select(*columns).where(answers.c.id == key)).one_or_none()
            if row is not None:
                return KeptAnswer(*row)
            new = {"id": key, "body": body, "at": now, "status": 0, "media_type": "", "answer": b""}
            connection.execute(insert(answers), new)
        return None

    def keep(self, key: str, status: int, media_type: str, answer: bytes) -> None:
        """Keep the answer to a request that was begun."""
        with self._database.begin() as connection:
            values = {"status": status, "media_type": media_type, "answer": answer}
            connection.execute(update(answers).where(answers.c.id == key).values(**values))

    def forget(self, key: str) -> None:
        """Drop a key: the request was refused, nothing came of it."""
        with self._database.begin() as connection:
            connection.execute(delete(answers).where(answers.c.id == key))
