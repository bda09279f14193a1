"""Compiles the Numba kernels of the laboratory into their cache. Called by the set-up, after the product's own."""

from __future__ import annotations

from amr_lab.mapf.planner import warm_up


def main() -> None:
    """Plan a few steps of a small problem."""
    warm_up()


if __name__ == "__main__":
    main()
