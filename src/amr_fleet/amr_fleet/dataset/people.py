"""What the journal tells of people, as far as it may be told at all: actions without names, counts without traces."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mcap.exceptions import McapError
from mcap.reader import make_reader

from amr_core.errors import AmrError
from amr_fleet.dataset.anonymise import PersonAction
from amr_fleet.dataset.release import SYSTEMS, DatasetRelease, Made
from amr_fleet.dataset.schema import ACTIONS
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import LOCAL
from amr_fleet.report.period import shift_at

KINDS: Final = frozenset({*ACTIONS, "order_created", "order_done", "order_failed"})
FEW: Final = 5
"""Counts of people below this are published as "<5"."""

_QUARTER: Final = 900.0  # s: people are counted by 15 min, so that nobody's way can be followed
_DETECTIONS: Final = re.compile(r"/cameras/([^/]+)/detections")


@dataclass
class Actions:
    """Collects what people did; `take` entries of KINDS in journal order. roles: of the users, by name."""

    release: DatasetRelease
    roles: Mapping[str, str]
    found: list[PersonAction] = field(default_factory=list)
    _zone_of: dict[str, str] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> None:
        """Take over one entry."""
        if entry.kind == "order_created":
            self._zone_of[entry.order_id] = self.release.place_kind(entry.facts.get("pick_place"))
        user = str(entry.facts.get("user") or entry.facts.get("person") or "")
        if entry.kind in ACTIONS and user not in SYSTEMS and self.release.stretch.holds(entry.t):
            zone = self._zone_of.get(entry.order_id, "other")
            when = self.release.published.utc(entry.t).astimezone(LOCAL)
            shift, role = str(shift_at(entry.t).shift), self.roles.get(user, "unknown")
            self.found.append(PersonAction(entry.kind, when, shift, zone, role))
        if entry.kind in ("order_done", "order_failed", "order_cancelled"):
            self._zone_of.pop(entry.order_id, None)


@dataclass
class _Window:
    people: int = 0
    vehicles: int = 0
    pictures: int = 0


@dataclass
class CameraCounts:
    """Most people and vehicles at once, by camera and 15 min. left_out: cameras that never saw two people at once."""

    release: DatasetRelease
    left_out: list[str] = field(default_factory=list)
    small: int = 0
    messages: int = 0
    broken: list[str] = field(default_factory=list)

    def rows(self, files: Iterable[Path]) -> Iterator[Made]:
        """Yield the rows of all recordings; positions of people never leave this function."""
        windows: defaultdict[str, dict[float, _Window]] = defaultdict(dict)
        for path in files:
            for camera, t, found in self._detections(path):
                kinds = Counter(str(box.get("kind")) for box in found)
                window = windows[camera].setdefault(t // _QUARTER * _QUARTER, _Window())
                window.pictures += 1
                window.people = max(window.people, kinds["person"])
                window.vehicles = max(window.vehicles, kinds["vehicle"])
        for camera in sorted(windows):
            if max(window.people for window in windows[camera].values()) == 1:
                self.left_out.append(camera)  # perhaps one person's own place of work
                continue
            for t, window in sorted(windows[camera].items()):
                yield "camera_counts", self._row(camera, t, window)

    def _row(self, camera: str, t: float, window: _Window) -> dict[str, Any]:
        few = 0 < window.people < FEW
        self.small += few
        return {
            "zone": f"camera.{camera}", "begin": self.release.time(t), "people": "<5" if few else str(window.people),
            "vehicles": window.vehicles, "pictures": window.pictures, "origin": self.release.origin,
        }  # fmt: skip

    def _detections(self, path: Path) -> Iterator[tuple[str, float, list[dict[str, Any]]]]:
        """Yield camera, fleet second and boxes of the messages inside the period."""
        try:
            with path.open("rb") as file:
                for _, channel, message in make_reader(file).iter_messages():
                    match = _DETECTIONS.fullmatch(channel.topic)
                    t = message.log_time / 1e9
                    if match is None or not self.release.stretch.holds(t):
                        continue
                    self.messages += 1
                    facts = json.loads(message.data)
                    found = facts.get("detections", []) if isinstance(facts, dict) else None
                    if not isinstance(found, list) or not all(isinstance(box, dict) for box in found):
                        raise ValueError("no detections")
                    if facts.get("seeing", True):
                        yield match[1], t, found
        except (McapError, OSError, ValueError) as error:
            if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
                raise AmrError("dataset.failed", reason=f"{path.name}: {error}") from error
            self.broken.append(path.name)
