"""Goals that nobody would send, to every action server of the nodes: over the middleware, by a client of each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from amr_lab.fleet_bench.nodes.fuzz_messages import MessageMaker
from amr_ros.action_clients import clients_of
from amr_ros.guard import survived
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

# chosen: they are in this very process, so sooner than of others; longer hides one that is not there
_FOUND_S: Final = 30.0
_ANSWER_S: Final = 5.0  # chosen: what takes longer counts as late; an answer comes in ms
_PATIENCE_S: Final = 60.0
"""So much longer a goal is waited for: on a full machine an answer is late, a lost one never comes."""
_CANCELLED: Final = 0.3  # of the goals, some of them before they were answered


def fuzz_goals(
    host: ProcessHost, maker: MessageMaker, goals: int, seed: int, failed: Callable[[str], None]
) -> Counter[str]:
    """Send goals to the servers of a host's nodes; return how many were sent, accepted, cancelled, late, unanswered.

    failed(where): an exception is in flight that would have ended the process.
    """
    nodes = list(host.nodes)
    stranger: AmrNode = host.build(AmrNode, "stranger")
    clients = [client for node in nodes for client in clients_of(stranger, node)]
    if not host.spin_until(lambda: all(client.server_is_ready() for client in clients), _FOUND_S):
        raise RuntimeError("the action servers do not find the fuzzer")
    chance, done = random.Random(seed), Counter[str]()
    with survived(lambda: failed("a goal")):
        for _ in range(goals):
            _one(host, maker, chance, chance.choice(clients), done)
    return done


def _one(host: ProcessHost, maker: MessageMaker, chance: random.Random, client: Any, done: Counter[str]) -> None:
    """Send one goal, cancel some; count what became of it."""
    try:
        goal: Any = maker.make(client._action_type.Goal)
        asked = client.send_goal_async(goal)
    except (AssertionError, OverflowError):
        return  # the message's class itself refuses the value
    cancelled = chance.random() < _CANCELLED
    done["sent"] += 1
    if not host.spin_until(asked.done, _ANSWER_S):
        came = host.spin_until(asked.done, _PATIENCE_S)
        done["late" if came else "unanswered"] += 1
        done[f"late or unanswered: {client._action_name}"] += 1
    handle = asked.result() if asked.done() else None
    if handle is not None and handle.accepted:
        done["accepted"] += 1
        done["cancelled"] += cancelled and host.spin_until(handle.cancel_goal_async().done, _ANSWER_S)
