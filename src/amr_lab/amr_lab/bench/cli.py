"""`amr bench` and its parts: traffic, perception, navigation, the fleet service."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from amr_core.site import load_site, site_names
from amr_core.site.ready import ready_site
from amr_lab.bench.nav_cli import nav_app

bench_app = typer.Typer(help="Measure on this machine: the hot parts, traffic on a benchmark problem, or perception.")
bench_app.add_typer(nav_app)


@bench_app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    trials: Annotated[int, typer.Option(help="Scenes per figure of the perception.", min=2)] = 12,
) -> None:
    """Measure the hot parts on this machine and print them; exit code 1 where the assistant costs more than it may."""
    if context.invoked_subcommand is not None:
        return
    from amr_lab.bench.hot_parts import run_bench

    if not run_bench(ready_site(site), site, output, trials):
        raise typer.Exit(1)


@bench_app.command("assistant")
def bench_assistant(
    rows: Annotated[Path | None, typer.Argument(help="A file of questions; the largest that nobody read.")] = None,
    fixture: Annotated[Path | None, typer.Option(help="The state of the fleet, a JSON file.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure what the assistant's embedded front costs: CPU, memory, downloads; exit code 0 only within its limits."""
    from amr_lab.bench.assistant import ROWS, STATE, costs, show

    found = costs(rows or ROWS, fixture or STATE)
    if output is not None:
        output.write_text(json.dumps([asdict(cost) for cost in found], indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if show(found) else 1)


@bench_app.command("perception")
def bench_perception(
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    trials: Annotated[int, typer.Option(help="Scenes per figure.", min=2)] = 100,
    only: Annotated[str, typer.Option(help="One part: markers, lidar, depth, ...")] = "",
    real: Annotated[Path | None, typer.Option(help="A folder of real pictures: their tables instead.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 where a goal is missed.")] = False,
) -> None:
    """Measure the perception: a row per capability with the goal beside it."""
    from amr_lab.bench.real_lidar import lidar
    from amr_lab.perception_bench.run import run_perception_bench

    met = run_perception_bench(output, trials, only, real, {"lidar": lidar})
    if strict and not met:
        raise typer.Exit(1)


@bench_app.command("live")
def bench_live(
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    robots: Annotated[int, typer.Option(help="Robots in the snapshot.", min=1)] = 200,
    clients: Annotated[int, typer.Option(help="Clients that read.", min=1)] = 50,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=2)] = 20.0,
    stuck: Annotated[int, typer.Option(help="More clients, which never read.", min=0)] = 1,
    engine: Annotated[bool, typer.Option("--engine", help="A real engine with kinematic robots at work.")] = False,
) -> None:
    """Measure the live feed: age of a snapshot at the client, CPU and memory of the server."""
    from amr_lab.bench.live import run_live_bench

    run_live_bench(output, robots, clients, seconds, stuck, engine)


@bench_app.command("intake")
def bench_intake(
    orders: Annotated[int, typer.Option(help="Orders to give, each in a request of its own.", min=100)] = 5000,
    events: Annotated[int, typer.Option(help="Events in the journal that it starts from.", min=1000)] = 100_000,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    database: Annotated[str, typer.Option(help="An empty postgresql:// database instead of SQLite.")] = "",
    apart: Annotated[bool, typer.Option("--apart", help="The API has a process of its own.")] = False,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure orders a second over HTTP, each in the journal before it is answered, and the restart from a journal."""
    from amr_lab.fleet_bench.intake import run_intake_bench

    raise typer.Exit(0 if run_intake_bench(output, site, orders, events, database, apart=apart) else 1)


@bench_app.command("kills")
def bench_kills(
    count: Annotated[int, typer.Option("--count", "--kills", help="How often to kill.", min=1)] = 100,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "",
    robots: Annotated[int, typer.Option(help="How many robots, 0 = the site's fleet.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Seed of moments, outages, orders and robots.")] = 1,
    database: Annotated[str, typer.Option(help="An empty postgresql:// database instead of SQLite.")] = "",
    ros: Annotated[bool, typer.Option("--ros", help="Every process of the stack over ROS, in real time.")] = False,
    only: Annotated[str, typer.Option(help="With --ros: kill these processes only, such as fleet,robots.")] = "",
    vda5050: Annotated[bool, typer.Option("--vda5050", help="Robots at a broker: the gateway is killed, too.")] = False,
    apart: Annotated[bool, typer.Option("--apart", help="The API has a process of its own (--ros: always).")] = False,
    every: Annotated[float, typer.Option(help="With --ros: s from kill to kill, 0 = once all works.", min=0)] = 0.0,
    orders: Annotated[int, typer.Option(help="With --ros: orders to give, 0 = for ever.", min=0)] = 0,
    at_loads: Annotated[bool, typer.Option("--at-loads", help="With --ros: as a base takes or gives a load.")] = False,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Kill the fleet process, or all over ROS, under load; exit code 0 only if no order was lost or done twice.

    With --ros ground truth judges, too: what was killed works again within 60 s, nobody drives with a wrong pose.
    With --apart the API is killed first in every second life.
    """
    from amr_lab.fleet_bench.kill_options import check_kills

    check_kills(
        ros=ros, vda5050=vda5050, apart=apart, database=database, only=only, every=every, orders=orders,
        at_loads=at_loads,
    )  # fmt: skip
    if ros:
        from amr_lab.fleet_bench.nodes.stack_kills import run_stack_kills

        place = site or "lab"
        victims = [name.strip() for name in only.split(",") if name.strip()]
        robots = robots or len(load_site(place).fleet)
        good = run_stack_kills(
            place, robots, count, seed, output, victims, every=every, orders=orders, at_loads=at_loads
        )
        raise typer.Exit(0 if good else 1)
    site = site or "cai_cui"
    if vda5050:
        from amr_lab.fleet_bench.mqtt_kills import run_mqtt_kills

        raise typer.Exit(0 if run_mqtt_kills(site, robots, count, seed, output) else 1)
    from amr_lab.fleet_bench.kills import run_kills

    raise typer.Exit(0 if run_kills(site, robots, count, seed, database, output, apart=apart) else 1)


@bench_app.command("flights")
def bench_flights(
    flights: Annotated[int, typer.Option(help="How many flights; each takes the next kind of fault.", min=1)] = 100,
    seed: Annotated[int, typer.Option(help="Seed of the first, each further flight takes the next.", min=0)] = 1,
    robots: Annotated[int, typer.Option(help="Robots that work in and out of the aisles.", min=0)] = 4,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    only: Annotated[str, typer.Option(help="Faults, comma separated; all when left out.")] = "",
    output: Annotated[Path | None, typer.Option("--json", help="Write what came of each flight as JSON.")] = None,
) -> None:
    """Fly simulated inventory flights with a fault each, robots about; exit code 0 only if all kept what must hold."""
    from amr_lab.flight_bench.run import run_flights

    raise typer.Exit(0 if run_flights(site, flights, seed, robots, only, output) else 1)


@bench_app.command("fuzz")
def bench_fuzz(
    inputs: Annotated[int, typer.Option(help="Messages to give over ROS, and as many over MQTT.", min=1)] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same messages.")] = 1,
    site: Annotated[str, typer.Option(help="Whose nodes: two robots, the fleet, the cameras, the simulator.")] = "lab",
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Give ROS callbacks and VDA 5050 messages that nobody would send: none may end a process, else exit code 1."""
    from amr_lab.fleet_bench.nodes.fuzz import run_fuzz

    run_fuzz(site, inputs, seed, output)


@bench_app.command("pose-kills")
def bench_pose_kills(
    count: Annotated[int, typer.Option(help="How often to kill.", min=1)] = 100,
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "lab",
    robots: Annotated[int, typer.Option(help="How many robots.", min=1)] = 2,
    seed: Annotated[int, typer.Option(help="Seed of moments, orders and robots.")] = 1,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Kill robot hosts in motion over ROS, in real time; exit code 0 only if all find themselves and none is false."""
    from amr_lab.fleet_bench.nodes.stack_kills import run_stack_kills

    raise typer.Exit(0 if run_stack_kills(site, robots, count, seed, output, ["robots"]) else 1)


@bench_app.command("localization")
def bench_localization(
    real: Annotated[Path | None, typer.Option("--real", help="Folder with CARMEN logs of corrected poses.")] = None,
    sites: Annotated[
        str | None, typer.Option("--sites", help="Sites to drive in the simulator, too; all that there are.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Also write the figures as JSON.")] = None,
) -> None:
    """Localisation on recorded laser logs and on our sites: errors, and whether they are within 3 sigma."""
    from amr_lab.bench.localization import run_localization

    driven = site_names() if sites is None else tuple(s for s in sites.split(",") if s)
    raise typer.Exit(0 if run_localization(real, driven, output) else 1)


@bench_app.command("screen")
def bench_screen(
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    robots: Annotated[int, typer.Option(help="Robots on the map.", min=1)] = 300,
    seconds: Annotated[int, typer.Option(help="How long to look.", min=3)] = 20,
) -> None:
    """Measure the map in Chromium: pictures a second, time to draw one, age of a snapshot when it is on the screen."""
    from amr_lab.bench.screen import run_screen_bench

    run_screen_bench(output, robots, seconds)


@bench_app.command("mqtt")
def bench_mqtt(
    robots: Annotated[int, typer.Option(help="Robots with a connection each.", min=1, max=1000)] = 200,
    rate: Annotated[float, typer.Option(help="States a second of each robot.", min=0.1, max=10.0)] = 2.0,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=2.0)] = 30.0,
    address: Annotated[str, typer.Option("--broker", help="HOST:PORT; mosquitto, if installed, when left out.")] = "",
    engine: Annotated[
        bool, typer.Option("--engine", help="Real engine and journal; robots drive and work, rate does not count.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure the server under many robots: its CPU, the age of a state when read. Exit code 1 beyond the goal."""
    if engine:
        from amr_lab.mqtt_bench.crowd import run_mqtt_crowd

        raise typer.Exit(0 if run_mqtt_crowd(robots, seconds, address, output) else 1)
    from amr_lab.mqtt_bench.load import run_mqtt_load

    raise typer.Exit(0 if run_mqtt_load(robots, rate, seconds, address, output) else 1)


@bench_app.command("halls")
def bench_halls(
    halls: Annotated[int, typer.Option(help="Halls, each with a broker, an engine, a journal.", min=1, max=8)] = 2,
    robots: Annotated[int, typer.Option(help="Robots of each hall that always work.", min=1, max=500)] = 100,
    guests: Annotated[int, typer.Option(help="Of these with their line at the next hall's broker.", min=0)] = 10,
    seconds: Annotated[float, typer.Option(help="How long to listen, in the site's time.", min=2.0)] = 60.0,
    speed: Annotated[float, typer.Option(help="Seconds of the site in a real one.", min=0.02, max=10.0)] = 1.0,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure what 1,000 robots need: bridged brokers, an engine a hall, PostgreSQL; exit code 1 when a hall failed."""
    from amr_lab.mqtt_bench.halls import run_halls

    raise typer.Exit(0 if run_halls(halls, robots, min(guests, robots), seconds, speed, output) else 1)


@bench_app.command("tracing")
def bench_tracing(
    robots: Annotated[int, typer.Option(help="Robots that always work.", min=1, max=1000)] = 200,
    seconds: Annotated[float, typer.Option(help="How long, in the site's time.", min=5.0)] = 600.0,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Measure the CPU of OpenTelemetry's traces, with a collector on loopback. Exit code 1 beyond 2 % of a core."""
    from amr_lab.bench.tracing import run_tracing

    raise typer.Exit(0 if run_tracing(robots, seconds, output) else 1)


@bench_app.command("mqtt-fleet")
def bench_mqtt_fleet(
    site: Annotated[str, typer.Option(help="Name of a site under maps/, or a folder with a site.yaml.")] = "cai_cui",
    robots: Annotated[int, typer.Option(help="How many robots, a third each in 2.0, 2.1 and 3.0.", min=1)] = 12,
    orders: Annotated[int, typer.Option(help="Orders to deliver.", min=1)] = 500,
    seed: Annotated[int, typer.Option(help="Seed of orders, robots and faults.")] = 1,
    faults: Annotated[
        float, typer.Option(help="Share of messages that is lost, doubled or late.", min=0, max=0.5)
    ] = 0.01,
    restarts: Annotated[int, typer.Option(help="How often master control is killed on the way.", min=0)] = 0,
    kills: Annotated[int, typer.Option(help="How often fleet and master control are killed on the way.", min=0)] = 0,
    outage: Annotated[float, typer.Option(help="Seconds in which no message passes, once.", min=0)] = 0.0,
    address: Annotated[str, typer.Option("--broker", help="HOST:PORT; mosquitto, if installed, when left out.")] = "",
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Drive a mixed VDA 5050 fleet over a broker and a proxy that loses messages; exit code 0 only if all went well."""
    from amr_lab.mqtt_bench.fleet import run_mqtt_fleet

    model, share = ready_site(site), faults / 3.0
    good = run_mqtt_fleet(model, robots, orders, seed, share, address, restarts, output, kills=kills, outage=outage)
    raise typer.Exit(0 if good else 1)


@bench_app.command("traffic")
def bench_traffic(
    problem: Annotated[Path, typer.Option(help="Problem file (JSON, League of Robot Runners 2023).")],
    model: Annotated[str, typer.Option(help="plain (moves) or rotation (forward, turns).")] = "rotation",
    steps: Annotated[int, typer.Option(help="How many steps to run.")] = 500,
    budget_ms: Annotated[float, typer.Option(help="Time to plan a step (ms); 0 = the fast step alone.")] = 100.0,
    iterations: Annotated[
        int | None, typer.Option(help="Search rounds a step instead of the time budget: same seed, same result.")
    ] = None,
    guidance: Annotated[str, typer.Option(help="auto, none, lanes (by rule) or flow (learned).")] = "auto",
    clock: Annotated[
        str, typer.Option(help="wall, or cpu: the budget counts our own CPU time, for figures on a busy machine.")
    ] = "wall",
    stop_rate: Annotated[float, typer.Option(help="Share of moves in which a person stops the robot.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of stops and search.")] = 1,
    output: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
) -> None:
    """Plan a benchmark problem step by step; exit code 0 only without a violation."""
    from amr_lab.bench.traffic import TrafficBench, run_traffic
    from amr_lab.mapf.planner import Settings

    settings = Settings(budget_ms=budget_ms, iterations=iterations, guidance=guidance, seed=seed)
    raise typer.Exit(run_traffic(TrafficBench(problem, model, steps, settings, stop_rate, seed, clock), output))


@bench_app.command("traffic-make")
def bench_traffic_make(
    out: Annotated[Path, typer.Option(help="Folder for the four files of the problem.")],
    kind: Annotated[
        str, typer.Option(help="warehouse, kiva, sortation, random, rooms, maze or islands.")
    ] = "warehouse",
    height: Annotated[int, typer.Option(help="Rows of the map.")] = 140,
    width: Annotated[int, typer.Option(help="Columns of the map.")] = 500,
    robots: Annotated[int, typer.Option(help="How many robots.")] = 10_000,
    tasks: Annotated[int, typer.Option(help="About how many tasks: a multiple of the robots.")] = 50_000,
    seed: Annotated[int, typer.Option(help="Seed of map, starts and tasks.", min=0)] = 1,
) -> None:
    """Make a problem for `amr bench traffic` from a seed and print its file."""
    from amr_lab.mapf.make import make_problem, write_problem

    print(write_problem(make_problem(kind, height, width, robots, tasks, seed), out))
