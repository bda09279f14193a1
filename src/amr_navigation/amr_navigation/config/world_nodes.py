"""Parameters of what knows the surroundings: localisation, maps, costmaps, filters, route graph, docks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amr_core.geometry import distance
from amr_core.robots import ROBOT_TYPES
from amr_core.site.v_dock import MARKER_AHEAD
from amr_navigation.config.motion_nodes import SHARE, Params
from amr_navigation.config.sizes import Sizes
from amr_navigation.docking.database import Dock

SITE = "$(var site_dir)"
FASTEST = max(kind.max_speed for kind in ROBOT_TYPES.values())


def amcl() -> Params:
    """Likelihood field on the front lidar."""
    return {
        "use_sim_time": False,
        "base_frame_id": "base_link",
        "odom_frame_id": "odom",
        "global_frame_id": "map",
        "scan_topic": "scan_front",
        "map_topic": "map",
        "robot_model_type": "nav2_amcl::DifferentialMotionModel",
        "laser_model_type": "likelihood_field_prob",
        "do_beamskip": True,
        "max_beams": 90,
        "min_particles": 500,
        "max_particles": 2000,
        "laser_likelihood_max_dist": 2.0,
        "laser_max_range": 20.0,
        "sigma_hit": 0.1,
        "z_hit": 0.7,
        "z_rand": 0.3,
        "update_min_d": 0.1,
        "update_min_a": 0.1,
        "recovery_alpha_fast": 0.0,
        "recovery_alpha_slow": 0.0,
        "transform_tolerance": 0.5,
        "tf_broadcast": True,
        "set_initial_pose": False,
        "always_reset_initial_pose": True,
    }


def costmap(sizes: Sizes, *, local: bool) -> Params:
    """One of the two costmaps; both lidars are sources of their own, the depth camera has a layer of its own."""
    layers = ["obstacle_layer", "depth_layer"] if local else ["static_layer", "obstacle_layer", "depth_layer"]
    params: Params = {
        "use_sim_time": False,
        "update_frequency": 10.0 if local else 2.0,
        "publish_frequency": 4.0 if local else 1.0,
        "global_frame": "odom" if local else "map",
        "robot_base_frame": "base_link",
        "resolution": 0.05,
        "footprint": sizes.footprint(),
        "footprint_padding": 0.02,
        "track_unknown_space": not local,
        "always_send_full_costmap": True,
        "rolling_window": local,
    }
    if local:
        params |= {"width": sizes.local_side, "height": sizes.local_side}
    else:
        params["static_layer"] = {
            "plugin": "nav2_costmap_2d::StaticLayer",
            "map_topic": "<robot_namespace>/map",
            "map_subscribe_transient_local": True,
        }
    sources = {name: _source(name) for name in ("scan_front", "scan_rear")}
    params["obstacle_layer"] = {
        "plugin": "nav2_costmap_2d::ObstacleLayer",
        "enabled": True,
        "observation_sources": " ".join(sources),
        **sources,
    }
    params["depth_layer"] = _depth_layer()
    params["inflation_layer"] = {
        "plugin": "nav2_costmap_2d::InflationLayer",
        "inflation_radius": round(sizes.circumscribed + 0.4, 2),
        "cost_scaling_factor": 2.5,
    }
    params["plugins"] = [*layers, "inflation_layer"]
    params["filters"] = ["keepout_filter"] if local else ["keepout_filter", "speed_filter"]
    for name in params["filters"]:
        params[name] = _filter(name)
    return params


def _depth_layer() -> Params:
    """What perception finds in the depth camera's picture: obstacles mark, floor that was seen clears."""
    cloud: Params = {
        "data_type": "PointCloud2",
        "sensor_frame": "depth_camera",
        "obstacle_max_range": 4.0,
        "raytrace_max_range": 4.0,
        "min_obstacle_height": -1.0,
        "max_obstacle_height": 2.0,
    }
    return {
        "plugin": "nav2_costmap_2d::ObstacleLayer",
        "enabled": True,
        "observation_sources": "depth_obstacles depth_clearing",
        "depth_obstacles": {"topic": "<robot_namespace>/depth/obstacles", **cloud, "marking": True, "clearing": False},
        "depth_clearing": {"topic": "<robot_namespace>/depth/clearing", **cloud, "marking": False, "clearing": True},
    }


def _source(name: str) -> Params:
    return {
        "topic": f"<robot_namespace>/{name}",
        "data_type": "LaserScan",
        "marking": True,
        "clearing": True,
        "inf_is_valid": True,
        "obstacle_max_range": 6.0,
        "raytrace_max_range": 8.0,
        "min_obstacle_height": 0.0,
        "max_obstacle_height": 2.0,
    }


def _filter(name: str) -> Params:
    kind = name.partition("_")[0]
    params: Params = {
        "plugin": f"nav2_costmap_2d::{kind.capitalize()}Filter",
        "enabled": True,
        "filter_info_topic": f"<robot_namespace>/{kind}_costmap_filter_info",
        "transform_tolerance": 0.1,
    }
    return params | (
        {"override_lethal_cost": True, "lethal_override_cost": 252}
        if kind == "keepout"
        else {"speed_limit_topic": "<robot_namespace>/speed_limit"}
    )


def map_nodes() -> dict[str, Params]:
    """The map, the masks and what the masks mean."""
    nodes: dict[str, Params] = {
        "map_server": {
            "use_sim_time": False,
            "yaml_filename": f"{SITE}/map.yaml",
            "topic_name": "map",
            "frame_id": "map",
        }
    }
    for name, kind, base, factor in (("keepout", 0, 0.0, 1.0), ("speed", 2, FASTEST, -FASTEST / 100.0)):
        nodes[f"{name}_filter_mask_server"] = {
            "use_sim_time": False,
            "yaml_filename": f"{SITE}/{name}.yaml",
            "topic_name": f"{name}_filter_mask",
            "frame_id": "map",
        }
        nodes[f"{name}_filter_info_server"] = {
            "use_sim_time": False,
            "type": kind,
            "filter_info_topic": f"{name}_costmap_filter_info",
            "mask_topic": f"<robot_namespace>/{name}_filter_mask",
            "base": base,
            "multiplier": factor,
        }
    servers = [f"{name}_filter_{part}_server" for name in ("keepout", "speed") for part in ("mask", "info")]
    nodes["lifecycle_manager_costmap_filters"] = {"use_sim_time": False, "node_names": servers}
    return nodes


def route_server(sizes: Sizes) -> Params:
    """The site's lanes as a graph; time decides, closed edges and obstacles count."""
    return {
        "use_sim_time": False,
        "graph_filepath": f"{SITE}/graph.geojson",
        "route_frame": "map",
        "base_frame": "base_link",
        "global_frame": "map",
        "path_density": 0.05,
        "smooth_corners": True,
        "smoothing_radius": 0.9,
        "radius_to_achieve_node": 1.0,
        "boundary_radius_to_achieve_node": 0.5,
        "tracker_update_rate": 20.0,
        "edge_cost_functions": ["TimeScorer", "DynamicEdgesScorer"],
        "TimeScorer": {
            **{"plugin": "nav2_route::TimeScorer", "speed_tag": "abs_speed_limit"},
            **{"max_vel": sizes.robot.max_speed, "weight": 1.0},
        },
        "DynamicEdgesScorer": {"plugin": "nav2_route::DynamicEdgesScorer"},
        "operations": ["AdjustSpeedLimit", "ReroutingService", "CollisionMonitor"],
        "AdjustSpeedLimit": {
            **{"plugin": "nav2_route::AdjustSpeedLimit", "speed_tag": "speed_limit"},
            "speed_limit_topic": "speed_limit",
        },
        "ReroutingService": {"plugin": "nav2_route::ReroutingService"},
        "CollisionMonitor": {
            **{"plugin": "nav2_route::CollisionMonitor", "costmap_topic": "local_costmap/costmap_raw"},
            **{"rate": 2.0, "reroute_on_collision": False, "max_collision_dist": 3.0},
        },
    }


def dock_type(dock: Dock) -> str:
    """Return the dock type of a dock: its kind and the length of its spur in cm."""
    return f"{dock.kind}_{round(100.0 * distance(dock.pose, dock.staging))}"


def docking_server(sizes: Sizes, docks: Mapping[str, Dock], site: str) -> Params:
    """Docks from the database file; markers from the perception node."""
    kinds = {dock_type(dock): dock for dock in sorted(docks.values(), key=dock_type)}
    return {
        "use_sim_time": False,
        "controller_frequency": 50.0,
        "initial_perception_timeout": 5.0,
        "wait_charge_timeout": 10.0,
        "dock_approach_timeout": 60.0,
        "undock_linear_tolerance": 0.05,
        "undock_angular_tolerance": 0.1,
        "max_retries": 3,
        "base_frame": "base_link",
        "fixed_frame": "odom",
        "dock_backwards": False,
        "dock_prestaging_tolerance": 0.3,
        "enable_stamped_cmd_vel": False,
        "dock_plugins": list(kinds),
        **{name: _dock_plugin(dock) for name, dock in kinds.items()},
        "dock_database": f"{SHARE}/{site}/docks.yaml",
        "controller": {
            "k_phi": 3.0,
            "k_delta": 2.0,
            "v_linear_min": 0.05,
            "v_linear_max": sizes.robot.max_speed_docking,
            "v_angular_max": 0.5,
            "slowdown_radius": 0.75,
            "use_collision_detection": True,
            "costmap_topic": "local_costmap/costmap_raw",
            "footprint_topic": "local_costmap/published_footprint",
            "dock_collision_threshold": 0.3,
        },
    }


def _dock_plugin(dock: Dock) -> Params:
    charger = dock.kind == "charger"
    params: Params = {
        "plugin": f"opennav_docking::Simple{'Charging' if charger else 'NonCharging'}Dock",
        "docking_threshold": 0.085 if charger else 0.023,
        "staging_x_offset": -distance(dock.pose, dock.staging),
        "use_external_detection_pose": True,
        "external_detection_timeout": 1.0,
        "external_detection_translation_x": -MARKER_AHEAD,
        "external_detection_translation_y": 0.0,
        "external_detection_rotation_roll": -1.57,
        "external_detection_rotation_pitch": 1.57,
        "external_detection_rotation_yaw": 0.0,
        "filter_coef": 0.1,
    }
    return params | ({"use_battery_status": True, "charging_threshold": 0.05} if charger else {})


def dock_database(docks: Mapping[str, Dock]) -> dict[str, Any]:
    """Return the docks as Nav2's database holds them."""
    return {
        name: {
            "type": dock_type(dock),
            "frame": "map",
            "pose": [round(float(v), 4) for v in dock.pose],
            "id": name,
        }
        for name, dock in sorted(docks.items())
    }
