"""What a robot reports as errors, and for how long (VDA 5050 3.0, table 9; 2.1, 6.6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_core.errors import ERRORS
from amr_core.vda5050 import RobotError, RobotState
from amr_interop.vda.acceptance import ORDER_MODES
from amr_interop.vda.messages import WireError
from amr_interop.vda.versions import Spelling

_LEVEL: Final = {"UNSUPPORTED_PARAMETER": "CRITICAL", "INSUFFICIENT_MEMORY": "URGENT"}
_MOST: Final = 20
_NEW_ORDER_HELPS: Final = frozenset({"load.failed"})


def wire_type(code: str) -> str:
    """Return what an error of ours is called on the wire: load.failed is LOAD_FAILED."""
    return code.replace(".", "_").upper()


CODE_OF: Final = {wire_type(code): code for code in ERRORS}
"""Our code of an error type on the wire."""


class Faults:
    """Refusals stay until the next accepted order, errors of the robot as long as it has them."""

    def __init__(self, spelling: Spelling) -> None:
        self._spelling = spelling
        self._refusals: dict[tuple[str, tuple[tuple[str, str], ...]], WireError] = {}
        self._instant: WireError | None = None
        self._map: WireError | None = None

    def refuse(self, error: str, reason: str, references: Sequence[tuple[str, str]]) -> None:
        """Report a refused message: each of them, of very many the newest."""
        level, about = _LEVEL.get(error, "WARNING"), tuple(references)
        self._refusals.pop((error, about), None)
        self._refusals[error, about] = WireError(error, level, about, reason)
        while len(self._refusals) > _MOST:
            del self._refusals[next(iter(self._refusals))]

    def accepted(self) -> None:
        """An order was accepted: what was refused before is past."""
        self._refusals.clear()

    def bad_instant(
        self, reason: str, references: Sequence[tuple[str, str]], error: str = "INVALID_INSTANT_ACTION"
    ) -> None:
        """Report an instant action that cannot be done, or a message of them that cannot be read."""
        found = WireError(error, "WARNING", tuple(references), reason)
        if error == "DUPLICATE_MAP":
            self._map = found
        else:
            self._instant = found

    def good_instant(self, action_type: str = "") -> None:
        """An instant action was accepted; what was said of maps ends only with one about maps."""
        self._instant = None
        if action_type.endswith("Map"):
            self._map = None

    def all(self, robot: RobotState, *, full: bool = False) -> tuple[WireError, ...]:
        """Return everything that is to be reported now. full: the list of instant actions is too long."""
        if robot.mode in ORDER_MODES:
            self._refusals = {k: e for k, e in self._refusals.items() if k[0] != "MOBILE_ROBOT_NOT_AVAILABLE"}
        found = [*self._refusals.values(), *(e for e in (self._instant, self._map) if e is not None)]
        found += [_translate(e) for e in robot.errors if e.code != "agent.order_rejected"]
        if full and self._spelling.major == 3:
            found.append(WireError("INSTANT_ACTION_STATES_FULL", "URGENT", (), "send clearInstantActions"))
        if robot.robot and not robot.localized:
            found.append(WireError("LOCALIZATION_ERROR", "FATAL", (), "The robot does not know where it is"))
        return tuple(found)


def _translate(error: RobotError) -> WireError:
    level: str = error.level
    if level == "FATAL" and error.code in _NEW_ORDER_HELPS:
        level = "CRITICAL"
    sentence = ERRORS[error.code][1] if error.code in ERRORS else error.code
    facts = tuple((key, str(value)) for key, value in error.facts.items())
    try:
        text = sentence.format_map(dict(error.facts))
    except (KeyError, IndexError, ValueError):
        text = sentence
    return WireError(wire_type(error.code), level, facts, text)
