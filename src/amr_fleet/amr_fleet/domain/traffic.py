"""Traffic: who may drive on which nodes and edges, without collisions and without deadlocks.

A robot holds what it stands on plus its base (the released part of its route). Two rules decide about one more step:

1. Nothing that the step's edge and node exclude (`Roadmap.conflicts`) is held by another robot: no collisions.
2. The state after the step is safe in the sense of Dijkstra's Banker: there is an order in which the robots can, one
   after the other, drive the rest of their routes to their final leaves (stations, chargers, parking places) while all
   others stand where their bases end, or in their own leaves once they are done.

Why this excludes deadlock: routes end in leaves, and every leaf has one robot at most, so a robot that is done blocks
nobody. Let the state be safe and f the first robot of such an order. All others come to stand at the ends of their
bases, because what they hold is theirs alone; then nothing on f's route is held, and after f's step the same order
still works, so the step is granted. Every step shortens a route that is never lengthened, hence all arrive. A robot
that gets a new route in a leaf can go last. Any other new route is taken only if no robot loses its way to finish.

Robots that cannot drive (offline, paused, in error) are walls: the check is made twice, once as if they will drive on
later and once as if they stay for ever, and a step may not take the way to finish from any robot in either view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from amr_fleet.domain.base import BaseLimits
from amr_fleet.domain.gates import DoorGate
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Blocker, Mover

_FOLLOWING = 0.2  # share of an edge's travel time added for each other robot that will use it
_STANDING = 6.0  # s added to the edges into a node where a robot waits
_STOPPED = 20.0  # s that a robot which stopped on its way will stand on, expected
_WORTH = 5.0  # s that a detour must save


@dataclass(frozen=True)
class Safety:
    """The robots that can finish: if walls drive on later, and if they stay for ever."""

    later: frozenset[str]
    now: frozenset[str]

    def keeps(self, before: Safety, mine: str) -> bool:
        """Nobody but possibly `mine` lost its way to finish."""
        return before.later - {mine} <= self.later and before.now - {mine} <= self.now

    def has(self, name: str) -> bool:
        """The robot can finish in both views."""
        return name in self.later and name in self.now


class Traffic:
    """All robots on the roadmap, their routes and bases."""

    def __init__(self, graph: TrafficGraph, base: BaseLimits | None = None, *, fixed: bool = False) -> None:
        self.graph = graph
        self.movers: dict[str, Mover] = {}
        self.locked: frozenset[str] = frozenset()
        self._stopped: frozenset[str] = frozenset()
        self._in_the_way = 0
        self.gates: tuple[DoorGate, ...] = ()
        self.leaving: int | None = None
        self.making_room: frozenset[str] = frozenset()
        self._known: Safety | None = None  # None: not worked out since something changed
        self._fixed = fixed
        self._base = base or BaseLimits()

    def place(self, name: str, node: int, base: Sequence[int] = (), seq: int = 0) -> Mover:
        """Put a robot on the map: the node it reached last and the rest of its base (both as it reports them)."""
        nodes, edges = [node], []
        for after in base:
            edge = self.graph.edge_between(nodes[-1], after)
            if edge is None:
                break
            edges.append(edge)
            nodes.append(after)
        mover = Mover(name, self.graph, nodes, edges, seq0=seq, granted=len(edges))
        for stray in base[len(edges) :]:
            mover.extra |= 1 << stray
        mover.hold()
        self.movers[name] = mover
        beside = self.graph.exclusion(mover.held)
        for other in self.movers.values():
            other.guessed |= other.claimed & beside
        return mover

    def others_hold(self, name: str) -> int:
        """Return the mask of all that robots other than name hold."""
        mask = 0
        for other, mover in self.movers.items():
            if other != name:
                mask |= mover.held
        return mask

    def safety(self) -> Safety:
        """Return who can finish (see module text)."""
        later = self._finishable(walls_stay=False)
        if not self.graph.barriers and not any(m.wall for m in self.movers.values()):
            return Safety(later, later)
        return Safety(later, self._finishable(walls_stay=True))

    def _finishable(self, *, walls_stay: bool) -> frozenset[str]:
        """Let robots finish one after the other until nobody can any more; return their names."""
        occupied, inside = 0, dict[str, int]()
        pending: list[tuple[str, int, int, int]] = []
        for name, m in self.movers.items():
            if walls_stay and m.wall:
                occupied |= m.held
                inside[name] = m.held
                continue
            stands = 1 << m.nodes[m.granted] | m.extra | m.kept
            occupied |= stands
            inside[name] = stands
            if walls_stay and self.graph.barriers and m.rest() & self.graph.barred(m.end):
                continue
            pending.append((name, stands, m.need[m.granted], 1 << m.nodes[-1]))
        done: set[str] = set()
        while pending:
            stuck = []
            for item in pending:
                name, stands, need, leaf = item
                if need & occupied & ~stands or (self.graph.capacities and self._crowded(name, inside)):
                    stuck.append(item)
                else:
                    inside[name] = leaf
                    occupied = occupied & ~stands | leaf
                    done.add(name)
            if len(stuck) == len(pending):
                break
            pending = stuck
        return frozenset(done)

    def _crowded(self, name: str, inside: Mapping[str, int]) -> bool:
        """A capacity zone on the robot's way is full of others where they stand."""
        uses = self.movers[name].rest()
        for mask, limit in self.graph.capacities:
            if uses & mask and sum(1 for n, where in inside.items() if where & mask and n != name) >= limit:
                return True
        return False

    # Routes -------------------------------------------------------------------------------------------------------

    def costs(self, name: str) -> list[float]:
        """Return seconds for each edge: travel, plus the traffic that other robots make."""
        graph = self.graph
        costs = list(graph.seconds)
        if self._fixed:
            return costs
        standing = 0
        for other, mover in self.movers.items():
            if other == name:
                continue
            for edge in mover.edges[mover.granted :]:
                costs[edge] += _FOLLOWING * graph.seconds[edge]
            if mover.blocker is not None and mover.at == mover.granted:
                standing |= 1 << mover.end
        for edge, end in enumerate(graph.end):
            if standing >> end & 1:
                costs[edge] += _STANDING
        return costs

    def watch(self, now: float) -> None:
        """Find the robots that stopped on their way. Call it about once a second."""
        stopped = [m for m in self.movers.values() if not m.wall and m.stands_on_its_way(now)]
        self._stopped = frozenset(m.name for m in stopped)
        self._in_the_way = 0
        for mover in stopped:
            self._in_the_way |= self.graph.exclusion(mover.held)

    def detour(self, name: str) -> bool:
        """Change to a quicker way to the same goal when a robot that stopped is close ahead; False: there is none.

        Further away it does not count: it will have gone on before this one comes.
        """
        mover = self.movers[name]
        if name in self._stopped or not mover.rest() & self._in_the_way:
            return False
        costs, old = self.costs(name), mover.edges[mover.granted :]
        blocked = [self._in_the_way >> (self.graph.n_nodes + e) & 1 for e in range(len(costs))]
        until = sum(self.graph.seconds[e] for e in mover.edges[mover.at : mover.granted])
        until += sum(self.graph.seconds[e] for e in takewhile(lambda e: not blocked[e], old))
        if until > _STOPPED - _WORTH:
            return False
        costs = [c + (_STOPPED - until) * b for c, b in zip(costs, blocked, strict=True)]
        edges = self.graph.path(mover.end, mover.goal, costs, self.walls(name))
        if edges is None or sum(costs[e] for e in edges) + _WORTH > sum(costs[e] for e in old):
            return False
        return self._try_tails(mover, [edges])

    def walls(self, name: str) -> int:
        """Return everything that obstacles other than name exclude: walls, and robots that are locked in."""
        held = 0
        for other, mover in self.movers.items():
            if (mover.wall or other in self.locked) and other != name:
                held |= mover.held
        return self.graph.exclusion(held)

    def begin(self, name: str, goal: int) -> bool:
        """Give a standing robot a new route, with new sequence ids, from its last node; False: it must wait.

        One that was called off under way may give up its base, or go on with it, whatever is safe; to its old goal that
        is always. A base that leads into what was closed meanwhile is kept, but not released anew.
        """
        mover = self.movers[name]
        lost, old_goal = mover.arrived and not self.graph.leaf[mover.end], mover.goal
        before, saved = self.safety(), mover.save()
        for edges in self._routes(name, mover.nodes[mover.at], goal):
            mover.restart(edges)
            if self._accepted(mover, before, whatever=lost):
                return True
            mover.load(saved)
        if mover.arrived or any(map(self.graph.barrier_before, mover.edges[mover.at : mover.granted])):
            return False
        tails = self._routes(name, mover.end, goal)
        for edges in [mover.edges[mover.granted :], *tails] if goal == old_goal else tails:
            mover.resume(edges)
            if self._accepted(mover, before, whatever=goal == old_goal):
                return True
            mover.load(saved)
        return False

    def _accepted(self, mover: Mover, before: Safety, *, whatever: bool = False) -> bool:
        """The new route takes the way to finish from nobody; whatever: the robot itself need not be able to finish."""
        after = self.safety()
        if not after.keeps(before, mover.name) or not (whatever or after.has(mover.name)):
            return False
        mover.blocker = None
        return True

    def retarget(self, name: str, goal: int) -> bool:
        """Change the route after the end of the base; False: no safe way to the new goal now."""
        mover = self.movers[name]
        return self._try_tails(mover, self._routes(name, mover.end, goal))

    def reroute(self, name: str, avoid: int, factor: float) -> bool:
        """Try a way around avoid (a mask) to the same goal that takes at most factor times the rest of the route."""
        mover = self.movers[name]
        edges = self.graph.path(mover.end, mover.goal, self.costs(name), avoid)
        if edges is None or edges == mover.edges[mover.granted :]:
            return False
        if sum(self.graph.seconds[e] for e in edges) > factor * mover.rest_seconds() + 30.0:
            return False
        return self._try_tails(mover, [edges])

    def _routes(self, name: str, start: int, goal: int) -> list[list[int]]:
        costs = self.costs(name)
        around = self.graph.path(start, goal, costs, self.walls(name))
        plain = self.graph.path(start, goal, self.graph.seconds)
        found = [edges for edges in (around, plain) if edges is not None]
        return found[:1] if len(found) == 2 and found[0] == found[1] else found

    def _try_tails(self, mover: Mover, routes: Sequence[list[int]]) -> bool:
        before, saved = self.safety(), mover.save()
        for edges in routes:
            mover.set_tail(edges)
            if self._accepted(mover, before):
                return True
            mover.load(saved)
        return False

    # Steps --------------------------------------------------------------------------------------------------------

    def progress(self, name: str, node: int, seq: int, x: float, y: float) -> bool:
        """Take over how far a robot has come; False when the report does not fit its route (an old one)."""
        mover = self.movers[name]
        at = (seq - mover.seq0) // 2
        if not mover.at <= at <= mover.granted or mover.nodes[at] != node:
            return False
        if at > mover.at:
            mover.extra = 0
        mover.at = at
        mover.moved(x, y)
        return True

    def grants(self, now: float, may: Callable[[Mover], bool] | None = None) -> set[str]:
        """Lengthen bases where the two rules allow it; those who wait longest come first. Return who got more.

        may: asked before each edge whether this one may be given more at all.
        """
        granted: set[str] = set()
        self._known = None
        for mover in sorted(self.movers.values(), key=self._waiting_key):
            while not mover.wall and self._wants_more(mover) and (may is None or may(mover)):
                blocker = self._advance(mover)
                if blocker is not None:
                    self._wait(mover, blocker, now)
                    break
                mover.blocker = None
                granted.add(mover.name)
        return granted

    @staticmethod
    def _waiting_key(mover: Mover) -> tuple[float, str]:
        return (mover.blocker.since if mover.blocker else float("inf"), mover.name)

    def _wants_more(self, mover: Mover) -> bool:
        if mover.granted >= len(mover.edges):
            return False
        if self.leaving is not None and not self.leaving >> mover.end & 1 and mover.name not in self.making_room:
            return False  # a fire alarm: only who would stop in a fire lane, or keeps others in one, gets on
        ahead, edge = mover.base_ahead(), mover.edges[mover.granted]
        if mover.granted - mover.at >= self._base.edges and ahead >= self._base.length:
            return False
        return mover.granted == mover.at or (
            ahead + self.graph.length[edge] <= self._base.longest
            and mover.base_seconds() + self.graph.seconds[edge] <= self._base.seconds
        )

    def _advance(self, mover: Mover) -> tuple[str, bool, str] | None:
        """Grant a step; one into a doorway only with all steps through it and what touches it: nobody waits there."""
        granted, held = mover.granted, mover.held
        blocker = self._step(mover)
        inside = 0
        for gate in self.gates:
            inside |= 0 if gate.each or held & gate.mask else gate.mask
        while blocker is None and mover.granted < len(mover.edges) and inside >> mover.end & 1:
            blocker = self._step(mover)
        if blocker is not None and mover.granted > granted:
            mover.granted, mover.held, self._known = granted, held, None
        return blocker

    def _step(self, mover: Mover) -> tuple[str, bool, str] | None:
        """Grant one edge and its node, or say which robot is in the way, whether it holds the place, or which zone
        or door."""
        edge, node = mover.edges[mover.granted], mover.nodes[mover.granted + 1]
        barrier = self.graph.barrier_before(edge) if self.graph.barriers else None
        if barrier is not None:
            return "", True, barrier.zone_id
        step = self.graph.edge_bit(edge) | 1 << node
        for gate in self.gates:
            if gate.bars(mover.name, step, mover.held):
                return "", True, gate.prefix + gate.door
        excluded = self.graph.edge_conflict(edge) | self.graph.conflict[node]
        for name, other in self.movers.items():
            if other.held & excluded and other is not mover:
                return name, True, ""
        inside = self._full(mover, step)
        if inside is not None:
            return inside, True, ""
        before = self._known = self._known or self.safety()
        mover.granted += 1
        after = self.safety()
        if after.keeps(before, mover.name) and (after.has(mover.name) or not before.has(mover.name)):
            mover.held, self._known = mover.held | step, after
            return None
        mover.granted -= 1
        lost = sorted((before.later - after.later) | (before.now - after.now))
        return self._go_first(mover, [n for n in lost if n != mover.name]), False, ""

    def _full(self, mover: Mover, step: int) -> str | None:
        """Return a robot in a capacity zone that the step enters and that has no room, None when there is room."""
        for mask, limit in self.graph.capacities:
            if step & mask and not mover.held & mask:
                inside = [n for n, other in self.movers.items() if other.held & mask and other is not mover]
                if len(inside) >= limit:
                    return inside[0]
        return None

    def _go_first(self, mover: Mover, lost: Sequence[str]) -> str:
        """Return the robot that mover lets pass: one of those that its step would lock in, and that can move before it.

        Any of them makes the step safe again sooner or later; those that wait for mover itself cannot be the first.
        """
        for name in lost:
            seen = {mover.name}
            here = name
            while here not in seen:
                seen.add(here)
                blocker = self.movers[here].blocker
                if blocker is None or not blocker.robot or self.movers[here].at != self.movers[here].granted:
                    return name
                here = blocker.robot
        return lost[0] if lost else mover.name

    @staticmethod
    def _wait(mover: Mover, blocker: tuple[str, bool, str], now: float) -> None:
        old = mover.blocker
        standing = mover.at == mover.granted
        since = old.since if old is not None and standing and old.since >= 0 else now
        mover.blocker = Blocker(blocker[0], mover.end, since, blocker[1], blocker[2])

    def could_step(self, name: str) -> bool:
        """Whether the robot's next step would be granted now; changes its route (see `hindrance`)."""
        mover = self.movers[name]
        self._known = None
        return mover.granted >= len(mover.edges) or self._step(mover) is None

    def violations(self) -> list[tuple[str, str]]:
        """Return the pairs of robots that hold conflicting nodes or edges: it must be empty.

        Where a robot that may be anywhere says that it is among others, that is no fault of what was granted.
        """
        movers = [(m.name, m.surely) for m in self.movers.values()]
        return [
            (a, b)
            for i, (a, held) in enumerate(movers)
            for b, other in movers[i + 1 :]
            if self.graph.exclusion(held) & other
        ]
