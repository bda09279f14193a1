import type { Alarm } from "../../shared/api/types";

/** Untaken before taken, what may hurt or stop robots before what is late, old before new. */
const CAMERAS = ["alarm.camera_no_pictures", "alarm.camera_bad_picture", "alarm.camera_wrong_size", "alarm.camera_not_calibrated", "alarm.camera_late", "alarm.camera_frozen", "alarm.camera_dark", "alarm.camera_dazzled", "alarm.camera_covered", "alarm.camera_blurred", "alarm.camera_dirty", "alarm.camera_turned", "alarm.camera_detector", "alarm.camera_silent", "alarm.camera_unheard", "alarm.camera_refused", "alarm.camera_held"];
const FLIGHTS_FIRST = ["alarm.flight_down", "alarm.flight_stray", "alarm.flight_fence", "alarm.flight_position", "alarm.flight_people", "alarm.flight_link"];
const FLIGHTS_LAST = ["alarm.flight_battery", "alarm.flight_wind", "alarm.flight_permit", "alarm.flight_fire"];
export const FIRST = ["alarm.fire", "alarm.storage", "alarm.e_stop", ...FLIGHTS_FIRST, "alarm.trial_suspended", "alarm.deadlock", "alarm.internal", "alarm.order_aside", "alarm.network", "alarm.robot_error", "alarm.robot_offline", "alarm.one_way", "alarm.not_localized", "alarm.second_fleet", "alarm.order_refused", "alarm.site_version", "alarm.robot_twice", "alarm.cmd_vel", "alarm.blocked", "alarm.door", "alarm.door_held", "alarm.conveyor", "alarm.lift", "alarm.lift_held", "alarm.robot_restarted", "alarm.address", "alarm.clock", "alarm.safety_overdue", ...CAMERAS, "alarm.load_wrong", "alarm.load_damaged", "alarm.load_on_board", "alarm.order_failed", "alarm.low_battery", "alarm.battery_silent", "alarm.order_late", ...FLIGHTS_LAST];
const MOST_OF_A_KIND = 3;

export function sorted(alarms: readonly Alarm[]): Alarm[] {
  const rank = (a: Alarm): number => FIRST.indexOf(a.reason.code);
  return [...alarms].sort((a, b) => Number(a.acked_by !== "") - Number(b.acked_by !== "") || rank(a) - rank(b) || a.reason.since - b.reason.since);
}

export interface Group {
  shown: Alarm[];
  /** More of the same kind that are not shown one by one: forty late orders are one thing to know. */
  more: Alarm[];
}

/** Alarms (sorted, or as they stood) of a kind together; many untaken ones of the same kind show only the first few. */
export function grouped(alarms: readonly Alarm[]): Group[] {
  const kinds = new Map<string, Alarm[]>();
  for (const alarm of alarms) {
    const kind = `${alarm.acked_by === "" ? "new" : "taken"} ${alarm.reason.code}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), alarm]);
  }
  return [...kinds.values()].map((all) => {
    const many = all.length > MOST_OF_A_KIND + 1;
    return { shown: many ? all.slice(0, MOST_OF_A_KIND) : all, more: many ? all.slice(MOST_OF_A_KIND) : [] };
  });
}
