"""Parameters of what plans and drives: navigator, planner, controller, smoother, behaviours, waypoints."""

from __future__ import annotations

from typing import Any

from amr_navigation.config.sizes import MODEL_DT, TIME_STEPS, Sizes

Params = dict[str, Any]
SHARE = "$(find-pkg-share amr_navigation)/config"
SAMPLED_ACCELERATION = 3.0
"""MPPI's limit (m/s^2): what it samples must be able to leave what it drives. The smoother keeps the robot's own."""
NEAR_GOAL = 0.5
"""m from the goal where MPPI changes from the path to the goal itself, as the crow flies. With Nav2's 1.4 a robot whose
path led past its goal and back stood between the two pulls for minutes."""
PLANNING_TIME = 3.0
"""s that the lattice planner may search before a goal's tree asks Circle, which takes the body for one: 18 m to a place
in a rack, with a heading across it, cost 2 to 3 s of CPU (Circle: 0.03 s), 4 to 7 s on a computer that others want."""
COSTMAP_WAIT = 3.0
"""s until a costmap that was cleared must be current again; on a busy computer 1 s failed each second plan."""
LATTICE = "$(find-pkg-share nav2_smac_planner)/sample_primitives/5cm_resolution/0.5m_turning_radius/diff/output.json"


def bt_navigator() -> Params:
    """The navigator with aisle-safe trees."""
    return {
        "use_sim_time": False,
        "global_frame": "map",
        "robot_base_frame": "base_link",
        "odom_topic": "odom",
        "bt_loop_duration": 10,
        "default_server_timeout": 200,
        "default_cancel_timeout": 200,
        "wait_for_service_timeout": 20_000,
        "action_server_result_timeout": 900.0,
        "navigators": ["navigate_to_pose", "navigate_through_poses"],
        "navigate_to_pose": {"plugin": "nav2_bt_navigator::NavigateToPoseNavigator"},
        "navigate_through_poses": {"plugin": "nav2_bt_navigator::NavigateThroughPosesNavigator"},
        "default_nav_to_pose_bt_xml": f"{SHARE}/behavior_trees/to_pose.xml",
        "default_nav_through_poses_bt_xml": f"{SHARE}/behavior_trees/through_poses.xml",
        "error_code_names": ["compute_path_error_code", "follow_path_error_code"],
    }


def controller_server(sizes: Sizes) -> Params:
    """Lanes forwards and in reverse, free space; a goal checker for each."""
    checker = {"plugin": "nav2_controller::SimpleGoalChecker", "stateful": True}
    return {
        "use_sim_time": False,
        "controller_frequency": 20.0,
        "costmap_update_timeout": 0.3,
        "failure_tolerance": 0.5,
        "publish_zero_velocity": True,
        "enable_stamped_cmd_vel": False,
        "speed_limit_topic": "speed_limit",
        "progress_checker_plugins": ["progress_checker"],
        "goal_checker_plugins": ["general_goal_checker", "precise_goal_checker", "reverse_goal_checker"],
        "controller_plugins": ["FollowPath", "Reverse", "FreeSpace"],
        "progress_checker": {
            "plugin": "nav2_controller::PoseProgressChecker",
            "required_movement_radius": 0.3,
            "required_movement_angle": 0.4,
            "movement_time_allowance": 60.0,
        },
        "general_goal_checker": {**checker, "xy_goal_tolerance": 0.25, "yaw_goal_tolerance": 0.15},
        "precise_goal_checker": {**checker, "xy_goal_tolerance": 0.05, "yaw_goal_tolerance": 0.05},
        "reverse_goal_checker": {**checker, "xy_goal_tolerance": 0.1, "yaw_goal_tolerance": 0.3},
        "FollowPath": _pursuit(sizes, reverse=False),
        "Reverse": _pursuit(sizes, reverse=True),
        "FreeSpace": _mppi(sizes),
    }


def _pursuit(sizes: Sizes, *, reverse: bool) -> Params:
    robot = sizes.robot
    turn = {} if reverse else {"rotate_to_heading_angular_vel": round(0.5 * robot.max_turn_rate, 2)}
    return {
        "plugin": "nav2_regulated_pure_pursuit_controller::RegulatedPurePursuitController",
        "desired_linear_vel": robot.max_speed_docking if reverse else robot.max_speed,
        "use_velocity_scaled_lookahead_dist": True,
        "lookahead_time": 1.2,
        "min_lookahead_dist": 0.4,
        "max_lookahead_dist": round(1.2 * robot.max_speed, 2),
        "use_regulated_linear_velocity_scaling": True,
        "regulated_linear_scaling_min_radius": 0.9,
        "regulated_linear_scaling_min_speed": 0.25,
        "use_cost_regulated_linear_velocity_scaling": False,
        "approach_velocity_scaling_dist": 1.0,
        "min_approach_linear_velocity": 0.05,
        "max_allowed_time_to_collision_up_to_carrot": 1.0,
        "use_rotate_to_heading": not reverse,
        **turn,
        "allow_reversing": reverse,
        "max_angular_accel": robot.turn_acceleration,
        "use_collision_detection": True,
        "transform_tolerance": 0.1,
    }


def _mppi(sizes: Sizes) -> Params:
    robot = sizes.robot
    return {
        "plugin": "nav2_mppi_controller::MPPIController",
        "motion_model": "DiffDrive",
        "model_dt": MODEL_DT,
        "time_steps": TIME_STEPS,
        "batch_size": 1000,
        "iteration_count": 1,
        "temperature": 0.3,
        "gamma": 0.015,
        "vx_max": robot.max_speed,
        "vx_min": -0.35,
        "vy_max": 0.0,
        "wz_max": robot.max_turn_rate,
        "ax_max": SAMPLED_ACCELERATION,
        "ax_min": -SAMPLED_ACCELERATION,
        "az_max": robot.turn_acceleration,
        "vx_std": 0.3,
        "wz_std": 0.35,
        "prune_distance": round(sizes.horizon + 0.3, 2),
        "transform_tolerance": 0.1,
        "visualize": False,
        "regenerate_noises": False,
        "critics": list(_critics(sizes)),
        **_critics(sizes),
    }


def _critics(sizes: Sizes) -> Params:
    offset = int(sizes.horizon / 0.05 / 3.0)
    return {
        "ConstraintCritic": {"enabled": True, "cost_power": 1, "cost_weight": 4.0},
        "CostCritic": {
            **{"enabled": True, "cost_power": 1, "cost_weight": 3.81, "near_collision_cost": 253},
            **{"critical_cost": 300.0, "consider_footprint": True, "collision_cost": 1000000.0},
            **{"near_goal_distance": 1.0, "trajectory_point_step": 2},
        },
        "GoalCritic": {"enabled": True, "cost_power": 1, "cost_weight": 5.0, "threshold_to_consider": NEAR_GOAL},
        "GoalAngleCritic": {"enabled": True, "cost_power": 1, "cost_weight": 3.0, "threshold_to_consider": 0.5},
        "PathAlignCritic": {
            **{"enabled": True, "cost_power": 1, "cost_weight": 14.0, "max_path_occupancy_ratio": 0.05},
            **{"trajectory_point_step": 4, "threshold_to_consider": 0.5, "offset_from_furthest": offset},
            "use_path_orientations": True,
        },
        "PathFollowCritic": {
            **{"enabled": True, "cost_power": 1, "cost_weight": 5.0},
            **{"offset_from_furthest": 5, "threshold_to_consider": NEAR_GOAL},
        },
        "PathAngleCritic": {
            **{"enabled": True, "cost_power": 1, "cost_weight": 2.0, "offset_from_furthest": 4},
            **{"threshold_to_consider": 0.5, "max_angle_to_furthest": 1.0, "mode": 2},
        },
        "PreferForwardCritic": {"enabled": True, "cost_power": 1, "cost_weight": 5.0, "threshold_to_consider": 0.5},
    }


def planner_server() -> Params:
    """State lattice with turns on the spot; Circle for what that does not find in time."""
    return {
        "use_sim_time": False,
        "expected_planner_frequency": 2.0,
        "costmap_update_timeout": COSTMAP_WAIT,
        "planner_plugins": ["GridBased", "Circle"],
        "GridBased": {
            "plugin": "nav2_smac_planner::SmacPlannerLattice",
            "lattice_filepath": LATTICE,
            "allow_unknown": False,
            "tolerance": 0.25,
            "max_iterations": 1000000,
            "max_on_approach_iterations": 1000,
            "max_planning_time": PLANNING_TIME,
            "analytic_expansion_ratio": 3.5,
            "analytic_expansion_max_length": 3.0,
            "rotation_penalty": 5.0,
            "reverse_penalty": 2.0,
            "change_penalty": 0.05,
            "non_straight_penalty": 1.05,
            "cost_penalty": 2.0,
            "cache_obstacle_heuristic": True,
            "allow_reverse_expansion": False,
            "smooth_path": True,
        },
        "Circle": {
            "plugin": "nav2_smac_planner::SmacPlanner2D",
            "tolerance": 0.25,
            "allow_unknown": False,
            "max_iterations": 1000000,
            "max_on_approach_iterations": 1000,
            "max_planning_time": PLANNING_TIME,
            "cost_travel_multiplier": 2.0,
        },
    }


def smoother_server() -> Params:
    """The simple smoother under the id that the embedded navigation knows, too."""
    simple = {"plugin": "nav2_smoother::SimpleSmoother", "tolerance": 1.0e-4, "max_its": 1000, "do_refinement": True}
    return {
        "use_sim_time": False,
        "robot_base_frame": "base_link",
        "costmap_topic": "global_costmap/costmap_raw",
        "footprint_topic": "global_costmap/published_footprint",
        "smoother_plugins": ["simple_smoother"],
        "simple_smoother": simple,
    }


def behavior_server(sizes: Sizes) -> Params:
    """All behaviours; which of them a recovery uses is the tree's choice."""
    classes = {"spin": "Spin", "backup": "BackUp", "drive_on_heading": "DriveOnHeading"}
    classes |= {"assisted_teleop": "AssistedTeleop", "wait": "Wait"}
    return {
        "use_sim_time": False,
        "local_costmap_topic": "local_costmap/costmap_raw",
        "global_costmap_topic": "global_costmap/costmap_raw",
        "local_footprint_topic": "local_costmap/published_footprint",
        "global_footprint_topic": "global_costmap/published_footprint",
        "cycle_frequency": 10.0,
        "enable_stamped_cmd_vel": False,
        "behavior_plugins": list(classes),
        **{name: {"plugin": f"nav2_behaviors::{cls}"} for name, cls in classes.items()},
        "local_frame": "odom",
        "global_frame": "map",
        "robot_base_frame": "base_link",
        "transform_tolerance": 0.1,
        "simulate_ahead_time": 2.0,
        "max_rotational_vel": round(0.7 * sizes.robot.max_turn_rate, 2),
        "min_rotational_vel": 0.2,
        "rotational_acc_lim": sizes.robot.turn_acceleration,
    }


def waypoint_follower() -> Params:
    """No pause at waypoints: what happens there is the fleet's order."""
    task = {"plugin": "nav2_waypoint_follower::WaitAtWaypoint", "enabled": True, "waypoint_pause_duration": 0}
    return {
        "use_sim_time": False,
        "loop_rate": 20,
        "stop_on_failure": False,
        "action_server_result_timeout": 900.0,
        "waypoint_task_executor_plugin": "wait_at_waypoint",
        "wait_at_waypoint": task,
    }
