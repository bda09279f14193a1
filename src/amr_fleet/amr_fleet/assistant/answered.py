"""What an answer showed, though nobody named it: the one row of a list, the order of a robot, the robot of an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from amr_fleet.assistant import tools
from amr_fleet.assistant.codes import norm
from amr_fleet.assistant.mentions import Mentions
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import ENDED, Facts, OrderRow

_LISTS: Final = frozenset({"robots_list", "orders_find", "alarms_list", "zones_list"})
_LOADS: Final = ("container", "sscc", "goods")


def shown(call: Call, facts: Facts, places: Mapping[str, dict[str, str]]) -> Mentions:
    """Return the things that "nó" or "đơn đó" may stand for behind an answer: each only where there is but one.

    places: by folded name, each with the kinds of the site's lists that have it.
    """
    found = Mentions()
    if call.name in _LISTS:
        rows = tools.run(facts, call).rows
        args: Mapping[str, object] = rows[0] if len(rows) == 1 else {}
    else:
        args = call.args
    robots = [row for row in facts.robots if row.robot == args.get("robot")]
    orders = [row for row in facts.orders if row.order == args.get("order")]
    if call.name == "cargo_where":
        orders = _carrying(call, facts)
    orders = orders or [row for robot in robots for row in facts.orders if row.order == robot.order]
    robots = robots or [row for order in orders for row in facts.robots if row.robot == order.robot]
    found.robots = [row.robot for row in robots]
    found.orders = [row.order for row in orders]
    found.alarms = [str(args["alarm"])] if args.get("alarm") else []
    where = [str(args["zone"])] if args.get("zone") else [row.where for row in robots]
    found.places = [places[norm(name)] for name in where if norm(name) in places]
    return found


def _carrying(call: Call, facts: Facts) -> list[OrderRow]:
    load = {str(call.args[name]) for name in _LOADS if name in call.args}
    rows = [row for row in facts.orders if row.state not in ENDED and load & {row.container, row.sscc, row.goods}]
    return rows if len(rows) == 1 else []
