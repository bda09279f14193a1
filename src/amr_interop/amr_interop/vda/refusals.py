"""How a master control sees that a robot refuses what it was sent: by what the error refers to, then by its type."""

from __future__ import annotations

from typing import Final

from amr_interop.vda.messages import WireError, WireState
from amr_interop.vda.sent import Sent

SURE: Final = 3
"""So many times a message goes out before an error that stood already counts as its refusal."""

_OF_ACTIONS: Final = frozenset({"invalidinstantaction", "instantactionerror", "noordertocancel"})
"""Refusals of an instant action: about an order only when they name it."""


def refusal(state: WireState, before: WireState | None, sent: Sent) -> WireError | None:
    """Return the error by which the robot refuses what it was sent: by its references first, else a new one by type.

    2.x has no name for many a refusal, so one that names our message counts whatever it is called. One that names the
    order only counts by its type once the robot has the order: it may be about driving. One about an instant action,
    as a cancelOrder that came too late, says nothing of an order that it does not name.
    """
    old = set() if before is None else set(before.errors)
    for error in state.errors:
        about, update = error.reference("orderId"), error.reference("orderUpdateId")
        if about:
            named = error.refuses or update or sent.acked_update is None
            if about == sent.order_id and update in ("", str(sent.update_id)) and named:
                return error
        elif _by_type(error) and error not in old:
            return error
    return None


def standing(state: WireState | None) -> WireError | None:
    """Return a refusal without an orderId: it looks the same for every order, so it may have stood before."""
    errors = () if state is None else state.errors
    return next((e for e in errors if _by_type(e) and not e.reference("orderId")), None)


def _by_type(error: WireError) -> bool:
    return error.refuses and error.error_type.replace("_", "").lower() not in _OF_ACTIONS
