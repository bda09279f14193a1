"""Parameters of what has the last word on a command: velocity smoother, collision monitor, lifecycle managers."""

from __future__ import annotations

from amr_navigation.config.motion_nodes import Params
from amr_navigation.config.sizes import SIDE_MARGIN, Sizes
from amr_navigation.servers.lifecycle import LOCALIZATION, NAVIGATION


def velocity_smoother(sizes: Sizes) -> Params:
    """Open loop, the robot's own limits."""
    robot = sizes.robot
    return {
        "use_sim_time": False,
        "smoothing_frequency": 20.0,
        "feedback": "OPEN_LOOP",
        "scale_velocities": False,
        "max_velocity": [robot.max_speed, 0.0, robot.max_turn_rate],
        "min_velocity": [-robot.max_speed, 0.0, -robot.max_turn_rate],
        "max_accel": [robot.acceleration, 0.0, robot.turn_acceleration],
        "max_decel": [-robot.deceleration, 0.0, -robot.turn_acceleration],
        "deadband_velocity": [0.0, 0.0, 0.0],
        "odom_topic": "odom",
        "odom_duration": 0.1,
        "velocity_timeout": 0.5,
        "enable_stamped_cmd_vel": False,
    }


def collision_monitor(sizes: Sizes) -> Params:
    """Stop zones by speed and an approach rule on the footprint; both lidars."""
    source = {"type": "scan", "enabled": True, "source_timeout": 0.5}
    return {
        "use_sim_time": False,
        "base_frame_id": "base_link",
        "odom_frame_id": "odom",
        "cmd_vel_in_topic": "cmd_vel_smoothed",
        "cmd_vel_out_topic": "cmd_vel",
        "state_topic": "collision_monitor_state",
        "transform_tolerance": 0.2,
        "source_timeout": 0.5,
        "base_shift_correction": True,
        "stop_pub_timeout": 2.0,
        "enable_stamped_cmd_vel": False,
        "polygons": ["StopZone", "FootprintApproach"],
        "StopZone": {
            **{"type": "velocity_polygon", "action_type": "stop", "enabled": True, "min_points": 4},
            **{"visualize": False, "holonomic": False},
            "velocity_polygons": list(stop_zones(sizes)),
            **stop_zones(sizes),
        },
        "FootprintApproach": {
            **{"type": "polygon", "action_type": "approach", "enabled": True, "min_points": 6, "visualize": False},
            "footprint_topic": "local_costmap/published_footprint",
            "time_before_collision": 1.5,
            "simulation_time_step": 0.1,
        },
        "observation_sources": ["scan_front", "scan_rear"],
        "scan_front": {**source, "topic": "scan_front"},
        "scan_rear": {**source, "topic": "scan_rear"},
    }


def stop_zones(sizes: Sizes) -> dict[str, Params]:
    """Return the velocity polygons, in the order in which the monitor looks them up."""
    robot, turn = sizes.robot, sizes.robot.max_turn_rate
    slow, fast = robot.max_speed_docking, robot.max_speed
    middle = 0.5 * (slow + fast)
    m = SIDE_MARGIN
    return {
        "rotation": _zone(sizes.polygon(m, m, m), -0.02, 0.02, turn),
        "slow": _zone(sizes.polygon(sizes.stopping(slow), m, m), 0.0, slow, turn),
        "medium": _zone(sizes.polygon(sizes.stopping(middle), m, m), slow, middle, turn),
        "fast": _zone(sizes.polygon(sizes.stopping(fast), m, m), middle, fast, turn),
        "reverse_slow": _zone(sizes.polygon(m, sizes.stopping(slow), m), -slow, 0.0, turn),
        "reverse_medium": _zone(sizes.polygon(m, sizes.stopping(middle), m), -middle, -slow, turn),
        "reverse_fast": _zone(sizes.polygon(m, sizes.stopping(fast), m), -fast, -middle, turn),
        "stopped": _zone(sizes.polygon(m, m, m), -fast, fast, turn),
    }


def _zone(points: str, low: float, high: float, turn: float) -> Params:
    return {"points": points, "linear_min": low, "linear_max": high, "theta_min": -turn, "theta_max": turn}


def managers() -> dict[str, Params]:
    """The two lifecycle managers with the servers in Nav2's order."""
    return {
        "lifecycle_manager_localization": {"use_sim_time": False, "node_names": list(LOCALIZATION)},
        "lifecycle_manager_navigation": {"use_sim_time": False, "node_names": list(NAVIGATION)},
    }
