"""How visits of trucks, barges and ships stand: count against plan, and the end at the present pace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.world import Forecast, World
from amr_fleet.visit_views import Cutoff, VisitView
from amr_fleet.vocabulary import VisitState, VisitUnsure

WINDOW_S: Final = 1800.0
"""s that a rate of deliveries is counted over: longer hides that work has stopped, shorter is chance."""
# chosen: three loads in less are chance, and the end of a visit would jump; longer, none is said at its start
LEAST_WINDOW_S: Final = 300.0
LEAST_LOADS: Final = 3
SHOWN_DEPARTED: Final = 50


def views(world: World) -> tuple[VisitView, ...]:
    """Return the visits by closing time and behind them those that left last; those of before are looked at each s."""
    book, state = world.state.book, world.state
    shown = [
        *sorted(book.cutoffs.values(), key=lambda c: (c.at, c.name)),
        *list(book.departed.values())[-SHOWN_DEPARTED:],
    ]
    known, world.visits_seen = world.visits_seen, {}
    for visit in shown:
        key = (visit, state.visits.changes.get(visit.visit_id, 0), 0 if visit.departed else int(world.now))
        old = known.get(visit.visit_id)
        if old is None or old[0] != key:
            orders = [state.orders[order_id] for order_id in state.visits.orders.get(visit.visit_id, ())]
            old = (key, view_of(visit, orders, world.now, world.forecasts))
        world.visits_seen[visit.visit_id] = old
    found = tuple(view for _, view in world.visits_seen.values())
    if found != world.visit_views:  # else the same tuple: who compares by identity sees that nothing is new
        world.visit_views = found
    return world.visit_views


def view_of(
    visit: Cutoff, orders: Iterable[TransportOrder], now: float, forecasts: Mapping[str, Forecast]
) -> VisitView:
    """Return how a visit stands at a fleet second, from its orders in the order of joining."""
    newest = {order.load_id: order for order in orders}
    ended = [o for o in newest.values() if not o.open]
    done = [o for o in ended if o.state == "DONE"]
    still = [o for o in newest.values() if o.open]
    left = 0 if visit.departed else max(visit.planned - len(done), len(still))
    begun = min((o.assigned for o in newest.values() if 0.0 < o.assigned <= now), default=0.0)
    delivered = [o.finished for o in done if o.finished <= now]
    rate, window, unsure = _pace(delivered, begun, now)
    unsure = _nothing_to_tell(visit, len(newest), left) or unsure
    return VisitView(
        visit_id=visit.visit_id, name=visit.name, kind=visit.kind, at=visit.at, begins=visit.begins,
        planned=visit.planned, place=visit.place, departed=visit.departed, departed_by=visit.departed_by,
        state=_state(visit, begun, len(done), now), loads=len(newest), done=len(done), open=len(still),
        failed=sum(o.state == "FAILED" for o in ended), cancelled=sum(o.state == "CANCELLED" for o in ended),
        left=left, late=sum(_late(o, visit.at, now, forecasts) for o in still),
        wrong=sum("wrong" in o.said for o in newest.values()),
        damaged=sum("damaged" in o.said for o in newest.values()),
        taken=sum("taken" in o.said for o in newest.values()),
        rate=0.0 if visit.departed else rate, window=0.0 if visit.departed else window,
        ends=0.0 if unsure else now + left / rate * 3600.0, unsure=unsure,
    )  # fmt: skip


def _pace(delivered: list[float], begun: float, now: float) -> tuple[float, float, VisitUnsure]:
    """Return loads an hour, the s that they are counted over, and why that says too little."""
    if not begun:
        return 0.0, 0.0, "not_begun"
    window = min(WINDOW_S, now - begun)
    lately = sum(t > now - window for t in delivered)
    if delivered and not lately:
        return 0.0, window, "standing"
    if lately < LEAST_LOADS or window < LEAST_WINDOW_S:
        return 0.0, window, "too_little"
    return lately * 3600.0 / window, window, ""


def _nothing_to_tell(visit: Cutoff, loads: int, left: int) -> VisitUnsure:
    if left > 0:
        return ""
    return "nothing_left" if loads or visit.planned or visit.departed else "no_plan"


def _state(visit: Cutoff, begun: float, done: int, now: float) -> VisitState:
    if visit.departed:
        return "departed"
    if now > visit.at:
        return "closed"
    return "coming" if visit.begins > now and not begun and not done else "working"


def _late(order: TransportOrder, at: float, now: float, forecasts: Mapping[str, Forecast]) -> bool:
    """Tell whether an open order is expected to end after the closing time."""
    forecast = forecasts.get(order.order_id)
    return now > at or (forecast is not None and forecast.expected > at)
