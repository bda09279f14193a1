import type { AlarmCode, CargoKind, Code, CutoffKind, EndCode, EmergencyStop, Integration, JournalKind, OrderState, PlaceKind, Reading, RobotStatus, RobotType, RobotUse, RobotWait, Role, SeenKind, SessionKind, StuckCode, ZoneKind } from "../api/types";

/** The texts that the words of the API need; where one has none, the build says so. */

type Tail<C extends string> = C extends `alarm.${infer T}` ? T : never;
type Unseen = "robot_time" | "robot_holds"; // entries of the journal that no page shows

/** With the pages that show the journal, in events.ts. */
export type NeededEvent = `event.${Exclude<JournalKind, Unseen> | "by" | "instead_of"}`;

export type Needed =
  | `order.state.${OrderState}`
  | `status.${RobotStatus}`
  | `robot_type.${RobotType}`
  | `integration.${Integration}`
  | `stop.${Exclude<EmergencyStop, "" | "RELEASE">}`
  | `todo.${Tail<AlarmCode>}`
  | `cause.${RobotWait}`
  | Exclude<StuckCode, "">
  | `zone.${ZoneKind}`
  | `kind.${PlaceKind}`
  | `camera.${SeenKind}`
  | `cargo.kind.${Exclude<CargoKind, ""> | "none"}`
  | `cutoff.${CutoffKind}`
  | `evidence.${Reading["match"]}`
  | `use.${RobotUse}`
  | `ends.${EndCode}`
  | `role.${Role}`
  | `sessions.kind.${SessionKind}`;

/** Every code that the server sends, and those of the page itself. */
export type NeededCode = Code | `client.${string}`;
