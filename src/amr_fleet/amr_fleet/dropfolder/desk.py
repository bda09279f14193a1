"""The drop folder at work: one thread takes files, asks the engine, writes receipts and CODECO.

<folder>/<partner>/: in/ (the partner writes), work/ (ours), done/, error/, out/ (receipts, CODECO). A file is
claimed by renaming it into work/, so it is taken once; one that a killed process left there is taken again. That
creates nothing twice: each row's key is made of partner and SHA-256, and the same key makes the same order.
"""

from __future__ import annotations

import hashlib
import json
import stat
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from amr_core.errors import AmrError
from amr_core.plain_text import plain
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain import cargo_ids
from amr_fleet.domain.events import JournalEntry
from amr_fleet.dropfolder.codeco import KINDS, codeco, gate_move
from amr_fleet.dropfolder.coparn import Announced, read_coparn
from amr_fleet.dropfolder.receipts import Receipt, refusal, shortened, told, write_whole
from amr_fleet.dropfolder.settings import DropSettings, Partner
from amr_fleet.dropfolder.tables import bad_file, read_table
from amr_fleet.fleet_time import LOCAL, UNIX
from amr_fleet.ports import ImportVerdict, OrderRequest
from amr_fleet.requests import CancelOrder, ImportOrders
from amr_fleet.written import kilograms

_FOLDERS: Final = ("in", "work", "done", "error", "out")
_EVERY: Final = 1.0  # s between two looks into the folders; chosen: a partner waits minutes, a look costs little
# chosen: 2,000 orders in one step take seconds; a file waits in work/ and is taken again, so patience costs nothing
_ANSWER_S: Final = 60.0
_AT_ONCE: Final = 2_000  # orders in one step of the engine, whose robots wait meanwhile
_LARGEST_FILE: Final = 20_000_000
_TABLES: Final = (".csv", ".txt", ".tsv", ".xlsx")
_EDI: Final = (".edi", ".cop", ".coparn")
_USER: Final = "drop"
_NOT_NOW: Final = ("store.failed", "fleet.no_answer", "store.fenced")


class Fleet(Protocol):
    """What this asks of the fleet."""

    def ask(self, request: Any) -> Future[Any]:
        """Hand a request to the engine."""

    def now(self) -> float:
        """Return the fleet time (s)."""

    def order_of(self, reference: str) -> str:
        """Return the id of the newest order with a reference (as orders hold it: plain), "" = there is none."""


class Moves(Protocol):
    """What this reads of the journal."""

    def after(self, seq: int, kinds: Sequence[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return entries behind entry seq, and up to which entry that is all there is."""

    def last_seq(self) -> int:
        """Return the number of the last entry."""

    def read(self, order_id: str | None = None) -> list[JournalEntry]:
        """Return the entries of one order."""


class DropFolder:
    """Takes the files of all partners. log: what an engineer should know."""

    def __init__(
        self,
        settings: DropSettings,
        fleet: Fleet,
        journal: Moves,
        log: Callable[[str], object],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """clock: Unix seconds. Folders that are missing are made; raises drop.bad_file when they cannot be."""
        self._settings, self._fleet, self._journal, self._log, self._clock = settings, fleet, journal, log, clock
        self._seen: dict[Path, tuple[int, int, float]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._said = ""
        try:
            for partner in settings.partners:
                for name in _FOLDERS:
                    (self._root(partner) / name).mkdir(parents=True, exist_ok=True)
                (self._root(partner) / "done" / ".seen").mkdir(exist_ok=True)
        except OSError as error:
            raise bad_file(f"the drop folder cannot be made: {error.strerror}") from error

    def _root(self, partner: Partner) -> Path:
        return Path(self._settings.folder) / partner.name

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="drop_folder", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; a file that is being taken is finished at the next start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            for partner in self._settings.partners:
                try:
                    self.look(partner)
                except Exception as error:  # the share or the fleet come back; nothing may end the thread
                    if str(error) != self._said:
                        self._said = str(error)
                        self._log(f"drop folder: {partner.name}: {error}")
            self._stop.wait(_EVERY)

    def look(self, partner: Partner) -> int:
        """Take the files of a partner that are whole, write CODECO; return how many files were taken.

        A file that the file system does not let us take keeps no other one waiting: its OSError is raised at the end.
        """
        root, taken, failed = self._root(partner), 0, None
        waiting = sorted((root / "work").iterdir())  # a process that was killed left it
        for path in (*waiting, *sorted((root / "in").iterdir())):
            claimed = root / "work" / path.name
            if path != claimed and (claimed.exists() or not self._whole(path)):
                continue
            try:
                path.rename(claimed)
                self._seen.pop(path, None)
                self._take(claimed, partner, again=path == claimed)
                taken += 1
            except OSError as error:  # of this file: the others are taken
                if isinstance(error, TimeoutError):
                    raise
                failed = error
        if partner.codeco is not None:
            self._tell_moves(partner)
        if failed is not None:
            raise failed
        return taken

    def _whole(self, path: Path) -> bool:
        """Tell whether a file is one, and has not changed for a while."""
        if path.name.startswith(".") or path.name.lower().endswith((".tmp", ".part")) or not path.is_file():
            return False
        if path.is_symlink():  # it may lead to what only the fleet may read
            return False
        found, now = path.stat(), self._clock()
        size, changed, since = self._seen.get(path, (-1, -1, now))
        if (size, changed) != (found.st_size, found.st_mtime_ns):
            since = now
        self._seen[path] = (found.st_size, found.st_mtime_ns, since)
        return now - since >= self._settings.settle

    # One file ---------------------------------------------------------------------------------------------------------

    def _take(self, path: Path, partner: Partner, *, again: bool) -> None:
        """again: a process that was killed has begun to take it."""
        if not stat.S_ISREG(path.lstat().st_mode):  # it was changed for a link after we looked, before it was ours
            path.unlink()
            self._log(f"drop folder: {partner.name}: {told(path.name).decode()} is no file any more and was deleted")
            return
        data = path.read_bytes() if path.stat().st_size <= _LARGEST_FILE else b""
        digest = hashlib.sha256(data).hexdigest()
        at = datetime.fromtimestamp(self._clock(), LOCAL).isoformat(timespec="seconds")
        receipt = Receipt(path.name, digest, partner.name, at)
        root = self._root(partner)
        seen = root / "done" / ".seen" / digest
        if again and seen.exists() and receipt.stands(root / "out"):
            _move(path, root / "done", digest)  # that alone was missing
            return
        if seen.exists():
            receipt.verdict, receipt.first = "repeated", seen.read_text(encoding="utf-8")
        else:
            try:
                if not data:
                    raise bad_file(f"it is empty or larger than {_LARGEST_FILE // 1_000_000} MB")
                self._fill(receipt, path.name, data, partner)
            except AmrError as error:
                if error.code in _NOT_NOW:
                    raise  # the fleet cannot take anything now: the file stays in work/
                receipt.refuse(error)
        receipt.write(root / "out")
        if receipt.verdict in ("taken", "partly"):
            write_whole(seen, told(path.name))
        _move(path, root / ("error" if receipt.verdict == "refused" else "done"), digest)

    def _fill(self, receipt: Receipt, name: str, data: bytes, partner: Partner) -> None:
        if name.lower().endswith(_TABLES) and partner.columns:
            self._orders_of_table(receipt, name, data, partner)
        elif name.lower().endswith(_EDI) and partner.ways:
            self._orders_of_coparn(receipt, data, partner)
        else:
            raise bad_file("this partner sends no files with such a name")

    def _orders_of_table(self, receipt: Receipt, name: str, data: bytes, partner: Partner) -> None:
        rows = read_table(name, data, partner)
        wishes: list[OrderRequest] = []
        numbers: list[int] = []
        for number, cells in rows:
            try:
                wishes.append(self._wish(cells, partner, f"{_key(receipt)}:{number}"))
                numbers.append(number)
            except AmrError as error:
                receipt.rows.append({"row": number, "verdict": "refused", "error": refusal(error)})
        self._create(receipt, wishes, numbers, partner.rows, "row")

    def _orders_of_coparn(self, receipt: Receipt, data: bytes, partner: Partner) -> None:
        found = read_coparn(data, partner)
        creates = [one for one in found if not one.cancel]
        wishes = [
            OrderRequest(
                pick_place=one.pick_place, drop_place=one.drop_place, reference=one.reference, load_id=one.container,
                user=_USER, held=True, key=f"{_key(receipt)}:{one.segment}",
                cargo=Cargo(
                    kind="container" if partner.check_digit else "", customer=one.booking, load_type=one.load_type
                ),
            )
            for one in creates
        ]  # fmt: skip
        self._create(receipt, wishes, [one.segment for one in creates], partner.rows, "segment")
        if receipt.verdict != "refused":
            self._cancel(receipt, [one for one in found if one.cancel])

    def _wish(self, cells: dict[str, str], partner: Partner, key: str) -> OrderRequest:
        places = (partner.places.get(cells[name], cells[name]) for name in ("pick_place", "drop_place"))
        pick, drop = places
        reference = cells.get("reference", "")
        return OrderRequest(
            pick_place=pick, drop_place=drop, reference=f"{partner.name}:{reference}" if reference else "",
            load_id=cells.get("load_id", ""), priority=_whole_number(cells.get("priority", "")), user=_USER,
            deadline=self._deadline(cells.get("deadline", ""), partner), cutoff=cells.get("cutoff", ""),
            held=partner.held, key=key,
            cargo=_cargo(cells.get("weight_kg", ""), cells.get("load_type", ""), partner),
        )  # fmt: skip

    def _deadline(self, text: str, partner: Partner) -> float:
        """Return a local time as fleet seconds; fleet time is Unix time but in simulation."""
        if not text:
            return 0.0
        for shape in (partner.dates, "%Y-%m-%dT%H:%M:%S"):
            try:
                at = datetime.strptime(text, shape).replace(tzinfo=LOCAL).timestamp()
            except ValueError:
                continue
            now = self._fleet.now()
            return at if now >= UNIX else max(1e-3, now + at - self._clock())
        raise AmrError("drop.bad_row", reason=f"{text[:30]!r} is no time like {partner.dates}")

    def _create(self, receipt: Receipt, wishes: list[OrderRequest], numbers: list[int], how: str, word: str) -> None:
        refused = bool(receipt.rows)
        trial: Sequence[ImportVerdict] = ()
        if how == "all" and wishes:
            trial = self._ask(wishes, dry_run=True)
            refused = refused or any(one.verdict == "refused" for one in trial)
            if refused:
                receipt.rows += [_row(word, *one) for one in zip(numbers, wishes, trial, strict=True) if _wrong(one[2])]
        if how == "all" and refused:
            receipt.verdict = "refused"
            what = "nothing was" if not any(one.verdict == "known" for one in trial) else "nothing more was"
            receipt.error = refusal(AmrError("drop.bad_file", reason=f"{len(receipt.rows)} wrong, {what} created"))
        else:
            parts = [wishes[k : k + _AT_ONCE] for k in range(0, len(wishes), _AT_ONCE)]
            done = [one for part in parts for one in self._ask(part, dry_run=False)]
            receipt.rows += [_row(word, *one) for one in zip(numbers, wishes, done, strict=True)]
            receipt.judge()
        receipt.rows.sort(key=lambda row: int(row[word]))

    def _ask(self, wishes: list[OrderRequest], *, dry_run: bool) -> Sequence[ImportVerdict]:
        request = ImportOrders(orders=tuple(wishes), dry_run=dry_run, user=_USER)
        answer: Sequence[ImportVerdict] = self._fleet.ask(request).result(timeout=_ANSWER_S)
        return answer

    def _cancel(self, receipt: Receipt, found: list[Announced]) -> None:
        for one in found:
            row: dict[str, Any] = {"segment": one.segment, "reference": one.reference, "verdict": "cancelled"}
            try:
                row["order_id"] = self._fleet.order_of(_as_held(one.reference))
                if not row["order_id"]:
                    raise AmrError("order.not_found", order_id=one.reference)
                wish = CancelOrder(order_id=row["order_id"], mode="before_pick", user=_USER)
                self._fleet.ask(wish).result(timeout=_ANSWER_S)
            except AmrError as error:
                if error.code in _NOT_NOW:
                    raise
                row |= {"verdict": "refused", "error": refusal(error)}
            receipt.rows.append(row)
        receipt.judge()

    # CODECO -----------------------------------------------------------------------------------------------------------

    def _tell_moves(self, partner: Partner) -> None:
        how = partner.codeco
        assert how is not None
        mark = self._root(partner) / "done" / ".seen" / "codeco.json"
        try:
            seq = int(json.loads(mark.read_text(encoding="ascii"))["seq"])
        except FileNotFoundError:
            seq = self._journal.last_seq()
            write_whole(mark, json.dumps({"seq": seq}).encode())
        entries, until = self._journal.after(seq, KINDS, 500)
        for number, entry in entries:
            code = gate_move(entry, how.gates)
            created = self._created(entry.order_id) if code else {}
            reference = str(created.get("reference") or "")
            if not code or not reference.startswith(f"{partner.name}:"):
                continue
            at = datetime.fromtimestamp(entry.t if entry.t >= UNIX else self._clock(), LOCAL)
            said = reference.removeprefix(f"{partner.name}:")
            try:
                container = cargo_ids.container(str(created.get("load_id") or ""))
            except AmrError:
                continue  # general cargo: CODECO is about containers
            data = codeco(number, code, container, said.rpartition(":")[0] or said, at, how)
            write_whole(self._root(partner) / "out" / f"codeco_{number}.edi", data)
        if until != seq:
            write_whole(mark, json.dumps({"seq": until}).encode())

    def _created(self, order_id: str) -> dict[str, Any]:
        entries = self._journal.read(order_id)
        return next((dict(e.facts) for e in entries if e.kind == "order_created"), {})


def _key(receipt: Receipt) -> str:
    """Return what the keys of a file's orders begin with: of each partner, since two may send the same bytes."""
    return f"drop:{receipt.partner}:{receipt.sha256[:40]}"


def _as_held(reference: str) -> str:
    """Return a reference as orders hold it; "" when none can hold it."""
    try:
        return plain(reference)
    except ValueError:
        return ""


def _whole_number(text: str) -> int:
    try:
        number = float(text.replace(",", ".") or 0)
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise AmrError("drop.bad_row", reason=f"priority {text[:30]!r} is no whole number") from error
    return int(number)


def _cargo(weight: str, load_type: str, partner: Partner) -> Cargo | None:
    """Return what a table says of the load itself: its weight, its type."""
    if not weight and not load_type:
        return None
    kind = partner.load_types.get(load_type, load_type)
    try:
        return Cargo(weight_kg=kilograms(weight) if weight else 0.0, load_type=kind)
    except ValueError as error:
        raise AmrError("drop.bad_row", reason=f"weight {weight[:30]!r} is no number of kg") from error


def _wrong(verdict: ImportVerdict) -> bool:
    return verdict.verdict == "refused"


def _row(word: str, number: int, wish: OrderRequest, verdict: ImportVerdict) -> dict[str, Any]:
    row: dict[str, Any] = {word: number, "verdict": verdict.verdict, "reference": wish.reference}
    if verdict.order_id:
        row["order_id"] = verdict.order_id
    if verdict.error is not None:
        row["error"] = refusal(verdict.error)
    return row


def _move(path: Path, folder: Path, digest: str) -> None:
    target = folder / path.name
    if target.exists():
        stem = shortened(path.stem, "")
        target = folder / f"{stem}.{digest[:8]}.{time.time_ns()}{path.suffix[:20]}"
    path.rename(target)
