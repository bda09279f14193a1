import { expect, it, vi } from "vitest";

import { ApiError } from "../../shared/api/request";
import type { Alarm, AlarmCode } from "../../shared/api/types";
import { codesVi } from "../../shared/i18n/codes_vi";
import { FIRST, grouped, sorted } from "./alarms";
import { ackAll, attentionApi } from "./api";

const alarm = (alarm_id: string, code: AlarmCode, since: number, acked_by = ""): Alarm => ({ alarm_id, reason: { code, facts: {}, since }, robot: "", order_id: "", acked_by, acked_at: 0 });

it("puts what nobody took first, then what may hurt, then what is older", () => {
  const alarms = [alarm("1", "alarm.order_late", 5), alarm("2", "alarm.e_stop", 9), alarm("3", "alarm.e_stop", 8), alarm("4", "alarm.deadlock", 1, "lan")];
  expect(sorted(alarms).map((a) => a.alarm_id)).toEqual(["3", "2", "1", "4"]);
});

it("knows where each alarm stands: one that nobody ranked would stand above a fire", () => {
  const known = Object.keys(codesVi).filter((key) => /^alarm\.(?!not_found$)[a-z_]+$/.test(key));
  expect(known.length).toBeGreaterThan(30);
  expect(known.filter((key) => !FIRST.includes(key))).toEqual([]);
});

it("shows three of many of a kind, but all of four", () => {
  const late = (n: number) => Array.from({ length: n }, (_, i) => alarm(String(i), "alarm.order_late", i));
  expect(grouped(late(4)).map((g) => [g.shown.length, g.more.length])).toEqual([[4, 0]]);
  expect(grouped(late(40)).map((g) => [g.shown.length, g.more.length])).toEqual([[3, 37]]);
});

it("leaves alarms where they stood when one of them is taken", () => {
  const stood = [alarm("1", "alarm.e_stop", 1, "lan"), alarm("2", "alarm.blocked", 2), alarm("3", "alarm.blocked", 3)];
  expect(grouped(stood).flatMap((g) => g.shown.map((a) => a.alarm_id))).toEqual(["1", "2", "3"]);
});

it("takes all alarms of a kind, though one of them has ended or was taken meanwhile", async () => {
  const ack = vi.spyOn(attentionApi, "ackAlarm").mockImplementation((id) => (id === "1" ? Promise.reject(new ApiError("alarm.not_found", { alarm: id }, 404)) : Promise.resolve({ ok: true })));
  await ackAll(["1", "2", "3"]);
  expect(ack.mock.calls.flat()).toEqual(["1", "2", "3"]);
  ack.mockImplementation((id) => (id === "2" ? Promise.reject(new ApiError("store.failed", {}, 503)) : Promise.resolve({ ok: true })));
  await expect(ackAll(["1", "2", "3"])).rejects.toThrow("store.failed");
  ack.mockRestore();
});
