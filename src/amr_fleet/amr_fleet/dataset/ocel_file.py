"""An OCEL 2.0 log being written: SQLite with primary and foreign keys (the standard's relational form), then JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from amr_fleet.dataset.ocel_model import EVENT_TYPES, OBJECT_TYPES, SQL_TYPES, table_name
from amr_fleet.dataset.release import Cell

START: Final = "1970-01-01T00:00:00.000Z"
"""By the standard's convention the time of an attribute's first value."""

Relation = tuple[str, str]
"""An object's id and the qualifier: what it is to the event or object."""

_KEY: Final = "REFERENCES"
_FIXED: Final = f"""
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT {_KEY} event_map_type(ocel_type)) WITHOUT ROWID;
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT {_KEY} object_map_type(ocel_type)) WITHOUT ROWID;
CREATE TABLE event_object (ocel_event_id TEXT {_KEY} event(ocel_id), ocel_object_id TEXT {_KEY} object(ocel_id),
  ocel_qualifier TEXT, PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier)) WITHOUT ROWID;
CREATE TABLE object_object (ocel_source_id TEXT {_KEY} object(ocel_id), ocel_target_id TEXT {_KEY} object(ocel_id),
  ocel_qualifier TEXT, PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier)) WITHOUT ROWID;
"""


class OcelFile:
    """Events and objects into one SQLite file. All failures of the disk are OSError or sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _FIXED)
        self._db.execute("BEGIN")
        for kind, attributes in EVENT_TYPES.items():
            self._db.execute("INSERT INTO event_map_type VALUES (?, ?)", (kind, table_name(kind)))
            columns = "".join(f', "{name}" {SQL_TYPES[of]}' for name, of in attributes.items())
            self._db.execute(
                f"CREATE TABLE event_{table_name(kind)} "
                f"(ocel_id TEXT PRIMARY KEY {_KEY} event(ocel_id), ocel_time TIMESTAMP{columns}) WITHOUT ROWID"
            )
        for kind, attributes in OBJECT_TYPES.items():
            self._db.execute("INSERT INTO object_map_type VALUES (?, ?)", (kind, table_name(kind)))
            columns = "".join(f', "{name}" {SQL_TYPES[of]}' for name, of in attributes.items())
            self._db.execute(
                f"CREATE TABLE object_{table_name(kind)} (ocel_id TEXT {_KEY} object(ocel_id), ocel_time TIMESTAMP, "
                f"ocel_changed_field TEXT{columns})"
            )
            self._db.execute(f"CREATE INDEX of_{table_name(kind)} ON object_{table_name(kind)} (ocel_id)")
        self.events = 0

    def add_object(
        self, kind: str, name: str, attributes: Mapping[str, Cell], relations: Iterable[Relation] = ()
    ) -> None:
        """Add an object with its first values; one that is there already stays as it is."""
        fresh = self._db.execute("INSERT OR IGNORE INTO object VALUES (?, ?)", (name, kind)).rowcount
        if not fresh:
            return
        values = [attributes.get(key) for key in OBJECT_TYPES[kind]]
        marks = ", ?" * len(values)
        self._db.execute(f"INSERT INTO object_{table_name(kind)} VALUES (?, ?, NULL{marks})", (name, START, *values))
        self._relate(name, relations)

    def _relate(self, name: str, relations: Iterable[Relation]) -> None:
        for other, qualifier in relations:
            self._db.execute("INSERT OR IGNORE INTO object_object VALUES (?, ?, ?)", (name, other, qualifier))

    def change(self, kind: str, name: str, time: str, key: str, value: Cell) -> None:
        """Note that an attribute of an object has another value from a time on."""
        self._db.execute(
            f'INSERT INTO object_{table_name(kind)} (ocel_id, ocel_time, ocel_changed_field, "{key}") '
            "VALUES (?, ?, ?, ?)",
            (name, time, key, value),
        )

    def add_event(self, kind: str, time: str, attributes: Mapping[str, Cell], relations: Iterable[Relation]) -> None:
        """Add an event about objects that were added."""
        self.events += 1
        name = _event_name(self.events)
        self._db.execute("INSERT INTO event VALUES (?, ?)", (name, kind))
        values = [attributes.get(key) for key in EVENT_TYPES[kind]]
        marks = ", ?" * len(values)
        self._db.execute(f"INSERT INTO event_{table_name(kind)} VALUES (?, ?{marks})", (name, time, *values))
        for other, qualifier in relations:
            self._db.execute("INSERT OR IGNORE INTO event_object VALUES (?, ?, ?)", (name, other, qualifier))
        if self.events % 20_000 == 0:
            self._db.execute("COMMIT")
            self._db.execute("BEGIN")

    def finish(self, as_json: Path) -> None:
        """End the SQLite file and write the same as JSON, row by row."""
        self._db.execute("COMMIT")
        with as_json.open("w", encoding="utf-8") as file:
            for piece in self._pieces():
                file.write(piece)
        self._db.close()

    def _pieces(self) -> Iterator[str]:
        yield '{"objectTypes":' + _dump([_type_json(name, of) for name, of in OBJECT_TYPES.items()])
        yield ',"eventTypes":' + _dump([_type_json(name, of) for name, of in EVENT_TYPES.items()])
        yield ',"objects":['
        first = True
        for kind in OBJECT_TYPES:
            for value in self._objects(kind):
                yield ("\n" if first else ",\n") + _dump(value)
                first = False
        yield '],"events":['
        for number in range(1, self.events + 1):
            yield ("\n" if number == 1 else ",\n") + _dump(self._event(_event_name(number)))
        yield "]}\n"

    def _objects(self, kind: str) -> Iterator[dict[str, Any]]:
        keys = list(OBJECT_TYPES[kind])
        for (name,) in self._db.execute("SELECT ocel_id FROM object WHERE ocel_type = ? ORDER BY ocel_id", (kind,)):
            rows = self._db.execute(
                f"SELECT * FROM object_{table_name(kind)} WHERE ocel_id = ? ORDER BY rowid", (name,)
            )
            attributes = [
                {"name": key, "time": row[1], "value": value}
                for row in rows
                for key, value in zip(keys, row[3:], strict=True)
                if value is not None
            ]
            query = "SELECT ocel_target_id, ocel_qualifier FROM object_object WHERE ocel_source_id = ?"
            relations = [{"objectId": o, "qualifier": q} for o, q in self._db.execute(query, (name,))]
            yield {"id": name, "type": kind, "attributes": attributes, "relationships": relations}

    def _event(self, name: str) -> dict[str, Any]:
        kind = self._db.execute("SELECT ocel_type FROM event WHERE ocel_id = ?", (name,)).fetchone()[0]
        row = self._db.execute(f"SELECT * FROM event_{table_name(kind)} WHERE ocel_id = ?", (name,)).fetchone()
        query = "SELECT ocel_object_id, ocel_qualifier FROM event_object WHERE ocel_event_id = ?"
        pairs = zip(EVENT_TYPES[kind].items(), row[2:], strict=True)
        return {
            "id": name, "type": kind, "time": row[1],
            "attributes": [
                {"name": key, "value": bool(value) if of == "boolean" else value}
                for (key, of), value in pairs
                if value is not None
            ],
            "relationships": [{"objectId": o, "qualifier": q} for o, q in self._db.execute(query, (name,))],
        }  # fmt: skip


def _event_name(number: int) -> str:
    """Return an id whose alphabetical order is the journal's: readers sort what has the same millisecond by it."""
    return f"e{number:08d}"


def _type_json(name: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": key, "type": of} for key, of in attributes.items()]}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
