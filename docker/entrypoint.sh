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

# ros2 launch refuses an argument without a value: what is not set is left out.
arguments=()
give() {
    if [ -n "$2" ]; then
        arguments+=("$1:=$2")
    fi
}

# A folder or file on the host belongs to whom it belonged there: said here, not hours later by what needs it.
may() { # read|write, name of the variable
    path="${!2}"
    if [ -z "$path" ]; then
        return 0
    fi
    if [ "$1" = write ] && { [ ! -d "$path" ] || [ ! -w "$path" ] || [ ! -x "$path" ]; }; then
        echo "amr-entrypoint: $2=$path is no folder that user $(id -u) may write; on the host: chown -R $(id -u):$(id -g)" >&2
        exit 78
    fi
    if [ "$1" = read ] && { [ ! -f "$path" ] || [ ! -r "$path" ]; }; then
        echo "amr-entrypoint: $2=$path is no file that user $(id -u) may read; on the host: chown $(id -u):$(id -g)" >&2
        exit 78
    fi
}

case "${1:-}" in
amr-site)
    need AMR_SITE AMR_ROBOTS
    case "${AMR_DATABASE:=/var/lib/amr/state/journal.sqlite3}" in
    postgres*://*[?\&]password=* | postgres*://*:*@*)
        echo "amr-entrypoint: AMR_DATABASE has a password in it, which everybody reads who lists processes: set PGPASSWORD" >&2
        exit 78
        ;;
    postgresql://* | postgres://*) : "${AMR_EVIDENCE:=/var/lib/amr/state/evidence}" ;;
    *) mkdir -p "$(dirname "$AMR_DATABASE")" ;;
    esac
    may write AMR_ENROLMENT
    for file in AMR_SETTINGS AMR_WEBHOOKS AMR_ESCALATION AMR_SYSLOG AMR_NEIGHBOURS AMR_OIDC AMR_DROP_FOLDER AMR_LANGUAGE_MODEL AMR_DOORS AMR_DASHBOARD_CERTIFICATE AMR_DASHBOARD_KEY; do
        may read "$file"
    done
    give site "$AMR_SITE"
    give robots "$AMR_ROBOTS"
    give mode "${AMR_MODE:-real}"
    give port "${AMR_PORT:-8080}"
    give database "$AMR_DATABASE"
    give evidence "${AMR_EVIDENCE:-}"
    give orders_per_hour "${AMR_ORDERS_PER_HOUR:-0}"
    give ready_file "${AMR_READY_FILE:-}"
    give dashboard_names "${AMR_HOST:-}"
    give dashboard_host "${AMR_DASHBOARD_HOST:-}"
    give dashboard_certificate "${AMR_DASHBOARD_CERTIFICATE:-}"
    give dashboard_key "${AMR_DASHBOARD_KEY:-}"
    give secure_cookies "${AMR_SECURE_COOKIES:-}"
    give proxy "${AMR_PROXY:-}"
    give api_process "${AMR_API_PROCESS:-}"
    give first_password "${AMR_FIRST_PASSWORD:-}"
    give cameras "${AMR_CAMERAS:-}"
    give camera_frames "${AMR_CAMERA_FRAMES:-}"
    give sent_folder "${AMR_SENT_FOLDER:-}"
    give addresses "${AMR_ADDRESSES:-}"
    give map_ids "${AMR_MAP_IDS:-}"
    give enrolment "${AMR_ENROLMENT:-}"
    give settings "${AMR_SETTINGS:-}"
    give webhooks "${AMR_WEBHOOKS:-}"
    give escalation "${AMR_ESCALATION:-}"
    give oidc "${AMR_OIDC:-}"
    give syslog "${AMR_SYSLOG:-}"
    give neighbours "${AMR_NEIGHBOURS:-}"
    give drop_folder "${AMR_DROP_FOLDER:-}"
    give language_model "${AMR_LANGUAGE_MODEL:-}"
    give doors "${AMR_DOORS:-}"
    give standby "${AMR_STANDBY:-}"
    give uplink "${AMR_UPLINK:-}"
    give broker "${AMR_BROKER:-}"
    give ca "${AMR_CA:-}"
    give certificate "${AMR_CERTIFICATE:-}"
    give key "${AMR_KEY:-}"
    exec ros2 launch amr_bringup site.launch.py "${arguments[@]}"
    ;;
amr-robot)
    need AMR_SITE AMR_ROBOT
    give site "$AMR_SITE"
    give robot "$AMR_ROBOT"
    give drivers "${AMR_DRIVERS:-}"
    give nav2_params "${AMR_NAV2_PARAMS:-}"
    give initial_pose "${AMR_INITIAL_POSE:-bay}"
    give base "${AMR_BASE:-}"
    give state_dir "${AMR_STATE:-}"
    give uplink "${AMR_UPLINK:-}"
    give broker "${AMR_BROKER:-}"
    give ca "${AMR_CA:-}"
    give certificate "${AMR_CERTIFICATE:-}"
    give key "${AMR_KEY:-}"
    give server "${AMR_SERVER:-}"
    exec ros2 launch amr_bringup robot.launch.py "${arguments[@]}"
    ;;
amr-gazebo)
    need AMR_SITE AMR_ROBOTS
    give site "$AMR_SITE"
    give robots "$AMR_ROBOTS"
    give navigation "${AMR_NAVIGATION:-nav2}"
    give gui "${AMR_GUI:-false}"
    exec ros2 launch amr_bringup gazebo.launch.py "${arguments[@]}"
    ;;
"")
    echo "amr-entrypoint: give amr-site, amr-robot, amr-gazebo or a command" >&2
    exit 64
    ;;
*) exec "$@" ;;
esac
