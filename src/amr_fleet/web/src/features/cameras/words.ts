import type { Key } from "../../shared/i18n/texts";
import { isKey } from "../../shared/i18n/texts";
import { useOwnTexts } from "./own_texts";

/** Why a camera sees nothing and what to do, in the words of its alarm. */
export function useBlindness(): { what: (reason: string, camera: string) => string; todo: (reason: string) => string; short: (reason: string) => string; event: (code: string) => string } {
  const { t, code } = useOwnTexts();
  const short = (reason: string): string => (SHORT.has(reason) ? t(`camera.short.${reason}` as "camera.short.dark") : t("camera.blind"));
  return {
    what: (reason, camera) => (reason === "" || reason === "learning" ? t(reason === "" ? "camera.blind" : "camera.learning") : code(`alarm.camera_${reason}`, { camera })),
    todo: (reason) => (isKey(`todo.camera_${reason}`) ? t(`todo.camera_${reason}` as Key) : t(reason === "learning" ? "camera.learning_todo" : "camera.todo_other")),
    short,
    /** Of a zone's code: camera.person_near, or camera.blind.<reason>. */
    event: (zone) => (EVENTS.has(zone) ? t(zone.replace("camera.", "camera.event.") as "camera.event.person_near") : short(zone.replace("camera.blind.", ""))),
  };
}

const EVENTS = new Set(["camera.person_near", "camera.vehicle_near", "camera.lane_blocked", "camera.fallen_load"]);
const SHORT = new Set(["no_pictures", "bad_picture", "wrong_size", "not_calibrated", "late", "frozen", "dark", "dazzled", "covered", "blurred", "dirty", "turned", "detector", "learning", "silent", "unheard"]);
