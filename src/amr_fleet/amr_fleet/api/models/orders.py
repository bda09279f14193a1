"""Transport orders: what a caller sends, and what the fleet tells of them."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from amr_core.errors import AmrError
from amr_fleet.api.models.base import WEEK_S, Answer, Facts, Label, Name, RequestBody, Seconds, Seen, Why
from amr_fleet.api.models.words import (
    CancelMode,
    CargoKind,
    HeldBy,
    JournalKind,
    OrderState,
    Problem,
    Reason,
    RowVerdict,
)
from amr_fleet.cargo_views import HEAVIEST_KG
from amr_fleet.cargo_views import Cargo as CargoValue
from amr_fleet.domain import cargo_ids
from amr_fleet.ports import ImportVerdict, OrderRequest
from amr_fleet.vocabulary import MOST_PRIORITY

MAX_ROWS = 2000
Priority = Annotated[int, Field(strict=True, ge=0, le=MOST_PRIORITY)]
FromNow = Annotated[float, Field(strict=True, ge=0, le=WEEK_S, allow_inf_nan=False)]


class CargoBody(RequestBody):
    """What a load is. For a pallet load_id is its SSCC, for a container its ISO 6346 number.

    weight_kg: with its pallet, 0 = unknown; load_type: one of the site's, "" = any; only robots that carry it get the
    order.
    """

    kind: CargoKind = ""
    lot: Label = ""
    container: Label = ""
    customer: Label = ""
    customs_hold: bool = False
    weight_kg: Annotated[float, Field(strict=True, ge=0, le=HEAVIEST_KG, allow_inf_nan=False)] = 0.0
    load_type: Label = ""


class OrderBody(RequestBody):
    """Body of POST /orders. Times count from now, in fleet seconds.

    key: made anew for each order by whoever sends; sent again after a lost answer it makes no second order. held: until
    an operator releases it; until_ready: held until a worker at pick_place says that the load is ready.
    """

    pick_place: Name
    drop_place: Name
    priority: Priority = 0
    deadline_in_s: Annotated[float, Field(strict=True, gt=0, le=WEEK_S, allow_inf_nan=False)] | None = None
    earliest_in_s: FromNow = 0.0
    cutoff: Label = ""
    robot: Label = ""
    held: bool = False
    load_id: Label = ""
    reference: Label = ""
    cargo: CargoBody | None = None
    key: Label = ""
    until_ready: bool = False

    def request(self, now: float, user: str) -> OrderRequest:
        """Return the engine's request; raise cargo.bad_* for a wrong number."""
        return OrderRequest(
            pick_place=self.pick_place,
            drop_place=self.drop_place,
            reference=self.reference,
            load_id=_load_id(self.load_id, self.cargo),
            priority=self.priority,
            deadline=now + self.deadline_in_s if self.deadline_in_s else 0.0,
            user=user,
            earliest=now + self.earliest_in_s if self.earliest_in_s else 0.0,
            cutoff=self.cutoff,
            robot=self.robot,
            held=self.held or self.until_ready,
            until_ready=self.until_ready,
            cargo=_cargo(self.cargo),
            key=self.key,
        )


def _load_id(load_id: str, cargo: CargoBody | None) -> str:
    if cargo is not None and cargo.kind == "pallet":
        return cargo_ids.sscc(load_id)
    if cargo is not None and cargo.kind == "container":
        return cargo_ids.container(load_id)
    return load_id


def _cargo(body: CargoBody | None) -> CargoValue | None:
    if body is None:
        return None
    facts = body.model_dump()
    facts["container"] = cargo_ids.container(body.container) if body.container else ""
    return CargoValue(**facts)


class ChangeBody(RequestBody):
    """Body of POST /orders/{id}/change; what is not named stays. deadline_in_s 0: no deadline."""

    priority: Priority | None = None
    deadline_in_s: FromNow | None = None
    earliest_in_s: FromNow | None = None
    cutoff: Label | None = None


class CancelBody(RequestBody):
    """Body of POST /orders/{id}/cancel: after_leg ends what is done at a station first, now takes a standing robot."""

    mode: CancelMode = "after_leg"


class HoldBody(RequestBody):
    """Body of POST /orders/{id}/hold and /release: why; instead_of: the other person who put it on hold.

    seen: since of the hold that one saw (fleet seconds), 0 = not said; one that they put on it later stays.
    """

    text: Why = ""
    instead_of: Label = ""
    seen: Seen = 0.0


class RobotBody(RequestBody):
    """Body of POST /orders/{id}/reassign; "" = any robot."""

    robot: Label = ""


def checked_base64(text: str) -> str:
    """Return a text that is base64, or raise ValueError."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError("no base64") from error
    return text


class ImportBody(RequestBody):
    """Body of POST /orders/import: rows as objects like POST /orders, a table as text, or a workbook (base64)."""

    rows: Annotated[tuple[dict[str, Any], ...], Field(max_length=MAX_ROWS)] = ()
    csv: Annotated[str, Field(max_length=1_000_000)] = ""
    xlsx: Annotated[str, Field(max_length=1_000_000), AfterValidator(checked_base64)] = ""
    dry_run: bool = False


class Cargo(Answer):
    """What a load is; customs_hold: it may not be moved; weight_kg 0, load_type "": unknown."""

    kind: CargoKind
    lot: str
    container: str
    customer: str
    customs_hold: bool
    weight_kg: float
    load_type: str


class KeptOrder(Answer):
    """A kept order as a body that POST /orders takes: its times count from when it is sent."""

    pick_place: str
    drop_place: str
    priority: int
    cutoff: str
    robot: str
    held: bool
    until_ready: bool
    earliest_in_s: Annotated[float, Field(validation_alias="earliest")]
    deadline_in_s: Annotated[float | None, Field(validation_alias="deadline"), BeforeValidator(lambda s: s or None)]
    cargo: Cargo | None


class TransportOrder(Answer):
    """A transport order. deadline: its own or its cut-off's; eta: expected delivery, mostly in eta_early..eta_late.

    root: what has to end for it to get on; rank: its place in the queue as it is served, 0 = not in it, may not start
    yet, or far behind. reason: why it waits or failed; late: set once the deadline cannot be met any more.
    hold: who put it on hold, null = nobody did, or it was made so. has_load: something is moved.
    """

    order_id: str
    reference: str
    load_id: str
    cargo: Cargo | None
    pick_place: str
    drop_place: str
    priority: int
    deadline: Seconds
    earliest: Seconds
    cutoff: str
    held: bool
    wanted_robot: str
    cancelling: bool
    state: OrderState
    robot: str
    created: Seconds
    assigned: Seconds
    picked: Seconds
    finished: Seconds
    eta: Seconds
    eta_early: Seconds
    eta_late: Seconds
    reason: Reason | None
    late: Reason | None
    root: Reason | None
    rank: int
    hold: HeldBy | None
    has_load: bool


class HistoryEntry(Answer):
    """What the journal says of an order."""

    t: Seconds
    event: JournalKind
    facts: Facts


class OrderDetail(TransportOrder):
    """An order with its history, oldest first."""

    history: list[HistoryEntry]


class Orders(Answer):
    """Orders, newest first."""

    orders: list[TransportOrder]


class ImportRow(Answer):
    """What becomes of one row of a list; rows count from 1. text: what stood in it, "" for an object.

    deadline, earliest: as they were reckoned (fleet seconds, 0 = none).
    """

    row: int
    text: str
    deadline: float
    earliest: float
    verdict: RowVerdict
    order_id: str
    error: Problem | None

    @classmethod
    def of(cls, row: int, text: str, wish: OrderRequest | AmrError, verdict: ImportVerdict) -> ImportRow:
        """Return the answer to a row."""
        error = None if verdict.error is None else Problem.model_validate(verdict.error)
        times = (0.0, 0.0) if isinstance(wish, AmrError) else (wish.deadline, wish.earliest)
        return cls(
            row=row, text=text, deadline=times[0], earliest=times[1], verdict=verdict.verdict,
            order_id=verdict.order_id, error=error,
        )  # fmt: skip


class Imported(Answer):
    """What became of a list; with dry_run: what would. ignored: titles of columns that mean nothing here."""

    dry_run: bool
    created: int
    known: int
    refused: int
    ignored: list[str]
    rows: list[ImportRow]


OrderFilter = Literal["open", "all"]
