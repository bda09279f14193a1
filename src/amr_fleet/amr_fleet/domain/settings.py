"""The numbers that steer the fleet."""

from __future__ import annotations

from dataclasses import dataclass

POLICIES = ("batch", "nearest", "auction")
"""batch: this engine. The others are baselines for studies: see `baseline`."""


@dataclass(frozen=True, kw_only=True)
class FleetSettings:
    """Times in s, lengths in m, states of charge 0..1."""

    policy: str = "batch"
    base_length: float = 9.0
    base_edges: int = 2
    assign_period: float = 1.0
    offline_after: float = 5.0
    requeue_after: float = 30.0
    reconcile_timeout: float = 10.0
    resend_after: float = 2.0
    deaf_after: float = 20.0
    detours: bool = True
    reroute_after: float = 15.0
    reroute_factor: float = 2.0
    deadlock_after: float = 30.0
    soc_charge: float = 0.30
    soc_refuse: float = 0.15
    soc_reserve: float = 0.10
    soc_opportunity: float = 0.70
    soc_leave: float = 0.60
    soc_leave_in_peak: float = 0.45
    soc_before_peak: float = 0.85
    peak_horizon: float = 2700.0
    peak_orders: float = 1.0
    soc_full: float = 0.88  # below 0.9, where Gazebo's LinearBatteryPlugin stops charging
    idle_before_charge: float = 60.0
    linger: float = 120.0
    max_attempts: int = 3
    give_up_after: float = 60.0
    charger_rest: float = 600.0
    aging: float = 0.5
    priority_bonus: float = 60.0
    deadline_horizon: float = 600.0
    drop_queue: int = 1
    batch: int = 120
    forecast_period: float = 5.0
    reassign_period: float = 3.0
    reassign_gain: float = 60.0


@dataclass(frozen=True)
class Unit:
    """A robot of the fleet: name, type, id of its own parking place."""

    name: str
    type: str
    home: str
