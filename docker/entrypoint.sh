#!/bin/bash
# Makes ROS and the stack known to what runs in a container or under systemd, and turns the short verbs into launch files.
#   AMR_ROS=/opt/ros/jazzy AMR_PREFIX=/opt/amr/install amr-entrypoint amr-site
set -eo pipefail # not -u: the set-up files of ROS read variables that are not set

for file in "${AMR_ROS:-/opt/ros/jazzy}/setup.bash" "${AMR_PREFIX:-/opt/amr/install}/setup.bash"; do
    if [ ! -r "$file" ]; then
        echo "amr-entrypoint: $file is missing" >&2
        exit 78
    fi
    # shellcheck disable=SC1090
    source "$file"
done

need() {
    for name in "$@"; do
        if [ -z "${!name}" ]; then
            echo "amr-entrypoint: set $name" >&2
            exit 78
        fi
    done
}

case "${1:-}" in
amr-site)
    need AMR_SITE AMR_ROBOTS
    case "${AMR_DATABASE:=/var/lib/amr/state/journal.sqlite3}" in
    postgresql://*) ;;
    *) mkdir -p "$(dirname "$AMR_DATABASE")" ;;
    esac
    exec ros2 launch amr_bringup site.launch.py site:="$AMR_SITE" robots:="$AMR_ROBOTS" mode:="${AMR_MODE:-real}" \
        port:="${AMR_PORT:-8080}" database:="$AMR_DATABASE" \
        orders_per_hour:="${AMR_ORDERS_PER_HOUR:-0}" ready_file:="${AMR_READY_FILE:-}" \
        cameras:="${AMR_CAMERAS:-false}" camera_frames:="${AMR_CAMERA_FRAMES:-false}"
    ;;
amr-robot)
    need AMR_SITE AMR_ROBOT
    exec ros2 launch amr_bringup robot.launch.py site:="$AMR_SITE" robot:="$AMR_ROBOT" drivers:="${AMR_DRIVERS:-}" \
        nav2_params:="${AMR_NAV2_PARAMS:-}" initial_pose:="${AMR_INITIAL_POSE:-bay}"
    ;;
amr-gazebo)
    need AMR_SITE AMR_ROBOTS
    exec ros2 launch amr_bringup gazebo.launch.py site:="$AMR_SITE" robots:="$AMR_ROBOTS" \
        navigation:="${AMR_NAVIGATION:-nav2}" gui:="${AMR_GUI:-false}"
    ;;
"")
    echo "amr-entrypoint: give amr-site, amr-robot, amr-gazebo or a command" >&2
    exit 64
    ;;
*) exec "$@" ;;
esac
