"""What the API may ask of the engine's process beside the fleet's port: a closed list of typed calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.camera_desk import LONGEST_SETUP, CameraDesk
from amr_fleet.ops import AlarmDesk, SyslogDesk, WebhookDesk
from amr_fleet.robot_desk import RobotDesk
from amr_fleet.store.signed import SignedTree

LONGEST: Final = 1000
"""Characters of a text argument: names, codes, ids."""
TREE: Final = "journal.tree"
WEBHOOKS: Final = "webhooks"
ESCALATION: Final = "escalation"
SYSLOG: Final = "syslog"
CAMERAS: Final = "cameras"
ROBOTS: Final = "robots"
SLOW_SECONDS: Final = 130.0
"""s of patience with what is slow: the longest time-outs for a connection and TLS, 60 s each, and some for a name."""


@dataclass(frozen=True)
class EngineCall:
    """A function and the types of its arguments. slow: it waits for another computer, or to write to a database.

    longest: characters of a text.
    """

    run: Callable[..., object]
    takes: tuple[type | UnionType, ...] = ()
    slow: bool = False
    longest: int = LONGEST

    def __call__(self, arguments: object) -> object:
        """Run it; raise request.invalid for arguments that it does not take."""
        if not isinstance(arguments, list) or len(arguments) != len(self.takes):
            raise _wrong(arguments)
        for given, kind in zip(arguments, self.takes, strict=True):
            if (
                not isinstance(given, kind)
                or isinstance(given, bool)
                or (isinstance(given, str) and len(given) > self.longest)
            ):
                raise _wrong(given)
        return self.run(*arguments)


Calls = Mapping[str, EngineCall]


def calls_of(
    tree: Callable[[], SignedTree],
    webhooks: WebhookDesk | None = None,
    escalation: AlarmDesk | None = None,
    syslog: SyslogDesk | None = None,
    cameras: CameraDesk | None = None,
    robots: RobotDesk | None = None,
) -> dict[str, EngineCall]:
    """Return the list for what there is. tree: the journal's, signed by the process that has its key."""
    found = {TREE: EngineCall(tree)}
    if webhooks is not None:
        found |= {
            f"{WEBHOOKS}.hosts": EngineCall(webhooks.hosts),
            f"{WEBHOOKS}.standings": EngineCall(webhooks.standings),
            f"{WEBHOOKS}.dead": EngineCall(webhooks.dead, (int,)),
            f"{WEBHOOKS}.resend": EngineCall(webhooks.resend, (str, int | None), slow=True),
            f"{WEBHOOKS}.drop": EngineCall(webhooks.drop, (str, int), slow=True),
        }
    if escalation is not None:
        found |= {
            f"{ESCALATION}.plan": EngineCall(escalation.plan),
            f"{ESCALATION}.on_duty": EngineCall(escalation.on_duty),
            f"{ESCALATION}.standings": EngineCall(escalation.standings),
            f"{ESCALATION}.deliveries": EngineCall(escalation.deliveries),
            f"{ESCALATION}.test": EngineCall(escalation.test, (str, str, str), slow=True),
            f"{ESCALATION}.push_standing": EngineCall(escalation.push_standing, (str,)),
            f"{ESCALATION}.push_on": EngineCall(escalation.push_on, (str,) * 6, slow=True),
            f"{ESCALATION}.push_off": EngineCall(escalation.push_off, (str, str), slow=True),
            f"{ESCALATION}.push_test": EngineCall(escalation.push_test, (str, str), slow=True),
        }
    if syslog is not None:
        found |= {
            f"{SYSLOG}.standings": EngineCall(syslog.standings),
            f"{SYSLOG}.test": EngineCall(syslog.test, (str, str), slow=True),
        }
    if cameras is not None:
        found[f"{CAMERAS}.ask"] = EngineCall(cameras.ask, (str, str, str, str), slow=True, longest=LONGEST_SETUP)
    if robots is not None:
        found |= {
            f"{ROBOTS}.ask": EngineCall(robots.ask, (str, str, str)),
            f"{ROBOTS}.errands": EngineCall(robots.errands, (str,)),
            f"{ROBOTS}.content": EngineCall(robots.content, (str, str)),
        }
    return found


def _wrong(given: object) -> AmrError:
    return AmrError("request.invalid", where="call", reason=f"it does not take {str(given)[:64]}")
