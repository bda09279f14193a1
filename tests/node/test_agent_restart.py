"""Agent, base or navigation are started again in mid-order: what the one before began or said is not the next one's."""

from __future__ import annotations

from sensor_msgs.msg import BatteryState
from std_msgs.msg import String

from amr_core.site import Site
from amr_interfaces.action import HandleLoad
from amr_interfaces.msg import Order
from amr_navigation.nodes.agent import AgentNode
from amr_ros import qos
from amr_ros.actions import ActionServerBridge
from amr_ros.host import ProcessHost
from tests.node.agent_world import World, order_to_station
from tests.node.agent_world import site as site
from tests.node.agent_world import world as world


def test_an_agent_that_is_started_again_stops_what_the_one_before_began_and_says_nothing_before(
    host: ProcessHost, site: Site
) -> None:
    world = World(host)
    world.load_state.publish(String(data=""))
    battery = world.node.create_publisher(BatteryState, "battery_state", qos.SENSOR)
    host.ticker.add(lambda _now: battery.publish(BatteryState(percentage=0.8)), 0.2)
    params = {"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    first = host.build(AgentNode, "agent", namespace="/r1", params=params)
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.until(lambda: first._calls._motion is not None and first._calls._motion[1].accepted)
    for node in (first, *first.companions):
        host.executor.remove_node(node)
        host.nodes.remove(node)
    first.destroy_node()
    world.states.clear()
    host.build(AgentNode, "agent", namespace="/r1", params=params)
    world.until(lambda: world.follow.cancel_requested)
    host.spin_until(lambda: False, 2.0)  # two servers are not found: they may drive it, too
    assert not world.states, "the fleet would take a robot that drives for one that is free, or paused"
    world.follow.canceled()
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    host.spin_until(lambda: False, 0.5)
    assert not world.follow.cancel_requested, "its own goal is no leftover"


def dock_with_a_load(world: World, site: Site) -> Order:
    """Have a robot stand at its station, whose base begins to take a load."""
    order = order_to_station(site)
    order.nodes, order.edges = [order.nodes[-1]], []
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized)
    world.order.publish(order)
    world.until(lambda: world.load.active)
    agent = next(node for node in world.host.nodes if isinstance(node, AgentNode))
    world.until(lambda: agent._calls._load is not None and agent._calls._load[1].accepted)
    world.host.spin_until(lambda: False, 0.3)
    return order


def test_an_agent_that_is_started_again_waits_for_the_load_that_the_one_before_began(
    host: ProcessHost, site: Site
) -> None:
    world = World(host)
    world.load_state.publish(String(data=""))
    params = {"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    first = host.build(AgentNode, "agent", namespace="/r1", params=params)
    order = dock_with_a_load(world, site)
    for node in (first, *first.companions):
        host.executor.remove_node(node)
        host.nodes.remove(node)
    first.destroy_node()
    world.states.clear()
    host.build(AgentNode, "agent", namespace="/r1", params=params)
    world.state(lambda s: any(e.code == "load.unknown" for e in s.errors))
    away = order_to_station(site)
    away.order_id = "m2"
    away.nodes[0].x, away.nodes[0].y = order.nodes[0].x, order.nodes[0].y
    world.order.publish(away)
    world.state(lambda s: s.order_id == "m2")
    host.spin_until(lambda: False, 1.0)
    assert not world.goals[1:], "its forks move"
    assert not world.load.cancel_requested, "a lift that works well is not stopped"
    world.load_state.publish(String(data="L1"))
    world.load.succeed(HandleLoad.Result(success=True))
    world.until(lambda: bool(world.goals[1:]))
    world.state(lambda s: not s.errors and list(s.loads) == ["L1"])


def test_a_base_that_is_started_anew_while_it_handles_a_load_locks_nobody_in(world: World, site: Site) -> None:
    """Its successor is there before it is known that it is gone: the result never comes."""
    world.load_state.publish(String(data=""))
    dock_with_a_load(world, site)
    old, world.load = (
        world.load,
        ActionServerBridge(world.node, HandleLoad, "handle_load", on_goal=world.goals.append),
    )
    world.host.spin_until(lambda: False, 3.0)
    assert world.states[-1].action_states[0].status == "RUNNING", "both are there"
    old.destroy()
    world.state(lambda s: s.action_states[0].status == "FAILED")
    assert {e.code for e in world.states[-1].errors} >= {"load.failed", "load.unknown"}
    world.load_state.publish(String(data=""))
    world.state(lambda s: "load.unknown" not in {e.code for e in s.errors})


def test_what_a_base_said_is_on_board_is_no_word_of_the_one_that_comes_next(world: World) -> None:
    world.load_state.publish(String(data="L1"))
    world.stand_at(1.0, 1.0)
    world.state(lambda s: list(s.loads) == ["L1"] and "load.unknown" not in [e.code for e in s.errors])
    world.node.destroy_publisher(world.load_state)
    world.load_state = world.node.create_publisher(String, "load_state", qos.LATCHED)
    world.state(lambda s: "load.unknown" in [e.code for e in s.errors])
    world.load_state.publish(String(data=""))
    world.state(lambda s: not s.loads and "load.unknown" not in [e.code for e in s.errors])


def test_what_the_navigation_waits_for_is_known_to_an_agent_that_comes_late(host: ProcessHost, site: Site) -> None:
    """It says so on change: an agent that had not heard it, or not its end, told the wrong thing for ever."""
    world = World(host)
    world.node.create_publisher(String, "blocked_by", qos.LATCHED).publish(String(data="person"))
    host.build(
        AgentNode, "agent", namespace="/r1", params={"site": "lab", "robot": "r1", "robot_type": site.fleet[0].type}
    )
    order = order_to_station(site)
    world.stand_at(order.nodes[0].x, order.nodes[0].y)
    world.state(lambda s: s.localized and s.last_node_id == order.nodes[0].node_id)
    world.order.publish(order)
    world.until(lambda: world.follow.active)
    world.state(lambda s: s.waiting_for == "person")
