"""Whatever robots say about where they are: nobody is granted space that a robot may truly stand in."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from amr_core.vda5050 import RobotState
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal
from tests.tracks import single_track


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 10**6), robots=st.integers(2, 5), fleet_restarts=st.booleans())
def test_no_grant_into_the_space_of_a_robot_that_says_it_is_elsewhere(
    seed: int, robots: int, fleet_restarts: bool
) -> None:
    """A robot host is killed under way and comes back with a pose out of thin air, sure, unsure, or by turns."""
    rng = random.Random(seed)
    roadmap = single_track(rng, 3, 3, robots)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(robots)]
    run = Rehearsal(roadmap, units, seed=seed, how=Behaviour(stop_rate=0.02, handling=4.0), dt=0.5)
    places = [rng.sample([f"LS{i}" for i in range(6)], 2) for _ in range(10)]
    run.create([OrderRequest(pick_place=a, drop_place=b) for a, b in places])
    liar, nodes = run.robots["r0"], list(roadmap.nodes.values())
    for _ in range(rng.randint(10, 160)):
        run.step()
    graph = run.engine.world.graph
    mover = run.engine.world.traffic.movers["r0"]
    liar.mute = True
    true_space, here = mover.held, mover.xy
    assert here is not None
    elsewhere = [n for n in nodes if math.dist((n.x, n.y), here) > 5.0]
    assume(elsewhere)
    before = {name: m.held for name, m in run.engine.world.traffic.movers.items()}
    claim, granted = rng.choice(elsewhere), mover.granted
    for k in range(240):
        if rng.random() < 0.02:
            claim = rng.choice(elsewhere)
        word = RobotState(robot="r0", last_node_id=claim.id, x=claim.x, y=claim.y, soc=0.8)
        # Never sure for long enough, which would settle it (see the unit tests).
        word = replace(word, localized=rng.random() < 0.8, score=rng.choice([0.16, 0.5, 0.79]))
        run.step([word] if k % 2 == 0 else [])
        if fleet_restarts and k == 100:
            run.restart_fleet()
            continue
        for name, other in run.engine.world.traffic.movers.items():
            if name != "r0":
                assert not graph.exclusion(true_space) & other.held & ~before.get(name, other.held)
                before[name] = other.held
        mover = run.engine.world.traffic.movers.get("r0", mover)
        if run.engine.world.robots["r0"].displaced is not None and run.engine.ready:
            assert mover.held & true_space == true_space
            assert mover.granted <= granted
