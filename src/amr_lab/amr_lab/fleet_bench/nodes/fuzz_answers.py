"""Servers that answer what nobody would to the goals of a robot's agent, over the middleware. For the fuzzer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from action_msgs.msg import GoalStatusArray

from amr_core.geometry import Pose2D
from amr_lab.fleet_bench.nodes.fuzz_messages import MessageMaker
from amr_navigation.agent import model as m
from amr_navigation.nodes.agent_calls import AgentCalls
from amr_ros import qos
from amr_ros.guard import survived
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.wire import over_the_wire

# chosen: DDS finds servers within seconds; on a full machine it may take long, and that is no fault
_FOUND_S: Final = 60.0
_ANSWER_S: Final = 60.0  # chosen: on a full machine an answer is late; one that comes after a minute was lost


def fuzz_answers(
    host: ProcessHost,
    maker: MessageMaker,
    goals: int,
    seed: int,
    judge: Callable[[AmrNode], None],
    failed: Callable[[str], None],
) -> Counter[str]:
    """Send goals as an agent does, to servers that lie; return how many were sent, and how they ended for the agent.

    judge(node): look at what the node refuses; failed(where): what would have ended the process is in flight.
    """
    chance, done, ended = random.Random(seed), Counter[str](), Counter[int]()
    asker, liar = (host.build(AmrNode, name, namespace="/lied_to") for name in ("asker", "liar"))
    judge(asker)

    def take(result: m.ActionResult) -> None:
        ended[result.token] += 1
        done[result.outcome] += 1

    calls = AgentCalls(asker, take)
    host.ticker.add(calls.poll, 0.05)
    for port in calls._ports.values():
        _lie(liar, port._client._action_type, port.name, maker, chance)
    with survived(lambda: failed("an answer to a goal")):
        if not host.spin_until(lambda: calls.settled and all(p.ready for p in calls._ports.values()), _FOUND_S):
            raise RuntimeError("the lying servers are not found")
        for token in range(goals):
            done["sent"] += 1
            calls.start(host.ticker.now, _goal(chance, token))
            done["unanswered"] += not host.spin_until(partial(ended.__contains__, token), _ANSWER_S)
    done["told twice"] = sum(count > 1 for count in ended.values())
    done["refused"] = sum(asker.malformed.values())
    return done


def _lie(liar: AmrNode, kind: Any, name: str, maker: MessageMaker, chance: random.Random) -> None:
    """Be an action's server, of services and topics: rclpy's own would let no status through that is none."""
    feedback = liar.create_publisher(kind.Impl.FeedbackMessage, f"{name}/_action/feedback", 10)
    status = liar.create_publisher(GoalStatusArray, f"{name}/_action/status", qos.LATCHED)

    def made(of: Any) -> Any:
        while True:
            try:
                if (message := over_the_wire(maker.make(of))) is not None:
                    return message
            except (AssertionError, OverflowError):
                continue  # the message's class itself refuses the value

    def take(request: Any, response: Any) -> Any:
        response.accepted = chance.random() < 0.8
        feedback.publish(kind.Impl.FeedbackMessage(goal_id=request.goal_id, feedback=made(kind.Feedback)))
        status.publish(made(GoalStatusArray))
        return response

    def end(_request: Any, response: Any) -> Any:
        response.status, response.result = chance.choice((4, 4, 5, 6, 0, 2, -128, 127)), made(kind.Result)
        return response

    liar.create_service(kind.Impl.SendGoalService, f"{name}/_action/send_goal", take)
    liar.create_service(kind.Impl.GetResultService, f"{name}/_action/get_result", end)
    cancel = kind.Impl.CancelGoalService
    liar.create_service(cancel, f"{name}/_action/cancel_goal", lambda _request, _response: made(cancel.Response))


def _goal(chance: random.Random, token: int) -> Any:
    return chance.choice((
        m.FollowLeg(token, np.zeros((2, 3))), m.NavigateTo(token, Pose2D(1.0, 2.0, 0.0)),
        m.DockAt(token, "C01", stage=True), m.LeaveDock(token), m.HandleLoad(token, "pick", "PAL-1"),
    ))  # fmt: skip
