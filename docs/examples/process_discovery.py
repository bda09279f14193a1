"""Discover the process of a transport order from the sample dataset with pm4py.

    make validators ARGS=                 # makes .venv-validators/ocel, once
    .venv-validators/ocel/bin/python docs/examples/process_discovery.py docs/samples/cai_cui_week.zip

pm4py is AGPL: it lives in an environment of its own, and nothing of the product imports it or this file.
"""

import sys
import tempfile
import zipfile
from pathlib import Path

import pm4py


def log_file(path: Path, temporary: Path) -> Path:
    """Return events/ocel2.sqlite of a dataset, a folder or a zip."""
    if path.is_dir():
        return path / "events" / "ocel2.sqlite"
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("events/ocel2.sqlite"))
        return Path(archive.extract(name, temporary))


def main() -> int:
    """Print the log, the variants of an order, the discovered process and where the time goes."""
    with tempfile.TemporaryDirectory() as temporary:
        log = pm4py.read_ocel2_sqlite(str(log_file(Path(sys.argv[1]), Path(temporary))))
    print(
        f"{len(log.events)} events, {len(log.objects)} objects of {', '.join(sorted(pm4py.ocel_get_object_types(log)))}"
    )
    every = pm4py.ocel_flattening(log, "order")
    orders = every[every["concept:name"].str.startswith("order_")]
    orders = orders.sort_values(["case:concept:name", "time:timestamp", "ocel:eid"])
    variants = pm4py.get_variants(orders)
    counts = sorted(((len(v) if hasattr(v, "__len__") else int(v), k) for k, v in variants.items()), reverse=True)
    total = sum(count for count, _ in counts)
    print(f"\n{total} orders, {len(counts)} ways through; the most frequent:")
    for count, way in counts[:5]:
        print(f"  {count:>5} ({100 * count / total:4.1f} %)  {' > '.join(way)}")
    print("\nfollows directly (orders), median seconds between:")
    frequent, _, _ = pm4py.discover_dfg(orders)
    slow, _, _ = pm4py.discover_performance_dfg(orders)
    for (a, b), count in sorted(frequent.items(), key=lambda item: -item[1])[:12]:
        seconds = slow[a, b]["median"] if isinstance(slow[a, b], dict) else slow[a, b]
        print(f"  {count:>5}  {seconds:>8.1f} s  {a} > {b}")
    net, begin, end = pm4py.discover_petri_net_inductive(orders, noise_threshold=0.05)
    fitness = pm4py.fitness_token_based_replay(orders, net, begin, end)
    precision = pm4py.precision_token_based_replay(orders, net, begin, end)
    print(
        f"\ninductive miner: {len(net.places)} places, {len(net.transitions)} transitions, "
        f"fitness {fitness['log_fitness']:.3f}, precision {precision:.3f}"
    )
    print("process tree:", pm4py.discover_process_tree_inductive(orders, noise_threshold=0.05))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
