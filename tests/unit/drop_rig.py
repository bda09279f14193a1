"""A port with a drop folder on the reference site, and partners that put files in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.dropfolder.desk import DropFolder
from amr_fleet.dropfolder.settings import DropSettings
from amr_fleet.rehearsal import units_of

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
BOX, OTHER = "CSQU3054383", "MSKU9070323"
WMS: dict[str, Any] = {
    "name": "wms",
    "columns": {
        "pick_place": "Từ", "drop_place": "Đến", "reference": "Số phiếu", "load_id": "Mã hàng", "priority": "Ưu tiên",
        "deadline": "Hạn",
    },
    "places": {"CỬA 1": "D01"},
}  # fmt: skip
LINE: dict[str, Any] = {
    "name": "line",
    "ways": {"12": {"pick_place": "A1W", "drop_place": "G1"}, "11": {"pick_place": "G1", "drop_place": "A1W"}},
    "sender": "TCIT",
    "codeco": {"sender": "AMR", "recipient": "TCIT", "gates": ["G1"], "location": "VNCCU"},
}
HEAD = "Từ;Đến;Số phiếu;Mã hàng;Ưu tiên;Hạn\r\n"


class Engine:
    """The real engine, answering at once, with its journal."""

    def __init__(self) -> None:
        self.engine = FleetEngine(ROADMAP, units_of(SITE, 4))
        self.journal: list[JournalEntry] = []
        self.t = 100.0
        self.away: AmrError | None = None

    def ask(self, request: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.away is not None:
            future.set_exception(self.away)
            return future
        self.t += 0.1
        result = self.engine.step(self.t, [Ask(1, request)])
        self.journal += result.entries
        answer = next(r.result for r in result.replies if r.token == 1)
        if isinstance(answer, AmrError):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future

    def now(self) -> float:
        return self.t

    def order_of(self, reference: str) -> str:
        orders = self.engine.world.state.orders.values()
        return next((o.order_id for o in orders if o.request.reference == reference), "")

    def after(self, seq: int, kinds: Sequence[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        found = [(i, e) for i, e in enumerate(self.journal, 1) if i > seq and e.kind in kinds]
        return found[:limit], len(self.journal)

    def last_seq(self) -> int:
        return len(self.journal)

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        return [e for e in self.journal if order_id is None or e.order_id == order_id]


class Rig:
    """A drop folder on a clock of its own."""

    def __init__(self, folder: Path, *partners: dict[str, Any], fleet: Engine | None = None) -> None:
        self.root = folder / "drop"
        self.settings = DropSettings.model_validate({"folder": str(self.root), "partners": list(partners)})
        self.fleet = fleet or Engine()
        self.now = 1_800_000_000.0
        self.log: list[str] = []
        self.start()

    def start(self) -> None:
        self.drop = DropFolder(self.settings, self.fleet, self.fleet, self.log.append, clock=lambda: self.now)

    def path(self, folder: str, name: str, partner: int = 0) -> Path:
        return self.root / self.settings.partners[partner].name / folder / name

    def look(self, seconds: float = 3.0, partner: int = 0) -> int:
        self.now += seconds
        return self.drop.look(self.settings.partners[partner])

    def send(self, name: str, data: bytes | str, partner: int = 0) -> dict[str, Any]:
        """Put a file there, wait until it is taken, return its receipt."""
        self.path("in", name, partner).write_bytes(data.encode() if isinstance(data, str) else data)
        self.look(0.0, partner)
        assert self.look(3.0, partner) == 1
        answer: dict[str, Any] = json.loads(self.path("out", f"{name}.ack.json", partner).read_bytes())
        return answer

    @property
    def orders(self) -> list[Any]:
        return list(self.fleet.engine.world.state.orders.values())


def coparn(
    *boxes: str, code: str = "12", function: str = "9", doc: str = "REL1", size: str = "2210", **change: str
) -> str:
    """An interchange with one message. size: of containers; change: a segment's tag -> what stands there instead."""
    equipment = [f"EQD+CN+{box}+{size}:102:5++2+5" for box in boxes]
    body = [f"BGM+{code}+{doc}+{function}", "RFF+BN:BK?+77", "NAD+CF+MSK:160:20", *equipment, f"CNT+16:{len(boxes)}"]
    lines = ["UNB+UNOA:2+TCIT+AMR+270115:0800+R1", "UNH+M1+COPARN:D:95B:UN:ITG14", *body]
    lines += [f"UNT+{len(body) + 2}+M1", "UNZ+1+R1"]
    lines = [change.get(line[:3], line) for line in lines]
    return "'\r\n".join(line for line in lines if line) + "'\r\n"
