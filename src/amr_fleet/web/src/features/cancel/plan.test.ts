import { expect, it } from "vitest";

import type { OrderDetail, Robot } from "../../shared/api/types";
import { anOrder, aRobot } from "../../shared/testing/samples";
import { cannotCarry, missing, saidOfStop, stageOf, stands, staysPaused, stoppingDistance, stopPoint } from "./plan";
import { en, vi } from "./texts";

const detail = (change: Parameters<typeof anOrder>[0]): OrderDetail => ({ ...anOrder(change), history: [] });

it("says how far a robot rolls on, and nothing for one that stands", () => {
  expect(stoppingDistance(0)).toBe(0);
  expect(stoppingDistance(1)).toBeCloseTo(1.5);
  expect(stoppingDistance(-1)).toBeCloseTo(1.5);
  expect([stands(aRobot({ v: 0.01 })), stands(aRobot({ v: -0.3 }))]).toEqual([true, false]);
});

it("follows the way round its corners to where the robot will stand", () => {
  const robot = aRobot({ x: 0, y: 0, v: 1, path: [[1, 0], [1, 10]] });
  expect(stopPoint(robot)).toEqual([1, 0.5]);
  expect(stopPoint(aRobot({ x: 3, y: 4, v: 0, path: [[9, 9]] }))).toEqual([3, 4]);
});

it("does not roll beyond the end of its way, and nobody knows where a lost robot stops", () => {
  expect(stopPoint(aRobot({ x: 0, y: 0, v: 1, path: [[0.4, 0]] }))).toEqual([0.4, 0]);
  expect(stopPoint(aRobot({ x: 0, y: 0, v: 1, path: [] }))).toEqual([0, 0]);
  expect(stopPoint(aRobot({ x: null, y: null }))).toBeNull();
});

it("does not take a silent robot's last speed for its speed, nor reckon on from it", () => {
  const said = (change: Parameters<typeof aRobot>[0]): string => saidOfStop(aRobot(change));
  expect([said({ online: false, v: 1 }), said({ online: false, v: 0, paused: true })]).toEqual(["cancel.silent", "cancel.silent"]);
  expect([said({ v: 1 }), said({ v: 1, paused: true }), said({ v: 0 })]).toEqual(["cancel.will_stop", "cancel.stopping", "cancel.stands"]);
  expect(stopPoint(aRobot({ online: false, x: 0, y: 0, v: 1, path: [[9, 0]] }))).toEqual([0, 0]);
});

it("names what keeps a robot from carrying on", () => {
  expect(cannotCarry(aRobot())).toBeNull();
  expect(cannotCarry(aRobot({ online: false, e_stop: "MANUAL" }))).toBe("offline");
  expect(cannotCarry(aRobot({ e_stop: "MANUAL" }))).toBe("stopped");
  expect(cannotCarry(aRobot({ localized: false }))).toBe("lost");
  expect(cannotCarry(aRobot({ status: "ERROR" }))).toBe("broken");
  expect(cannotCarry(aRobot({ paused: true, status: "PAUSED" }))).toBeNull(); // the flow itself pauses it
});

it("knows from order and robot alone where the flow is, so that a reload loses nothing", () => {
  const robot = aRobot({ loads: ["PAL-1"] });
  expect(stageOf(detail({ state: "TO_DROP", load_id: "PAL-1" }), robot)).toBe("plan");
  expect(stageOf(detail({ state: "DROPPING", load_id: "PAL-1" }), undefined)).toBe("plan");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), robot)).toBe("unload");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), aRobot())).toBe("done");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), aRobot({ loads: ["PAL-1"], order_id: "T2" }))).toBe("done"); // another order carries it on
  expect(stageOf(detail({ state: "CANCELLED", picked: 0, load_id: "PAL-1" }), aRobot())).toBe("none");
  expect(stageOf(detail({ state: "QUEUED" }), undefined)).toBe("none");
  expect(stageOf(detail({ state: "TO_DROP", picked: 5, has_load: false }), robot)).toBe("none"); // it moves nothing: there is no load to see to
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, has_load: false }), aRobot())).toBe("none");
});

it("says in Vietnamese what is missing, one thing after the other", () => {
  const moving = aRobot({ name: "amr_04", v: 0.8 });
  const still = aRobot({ name: "amr_04", v: 0, paused: true, status: "PAUSED" });
  const said = (...asked: Parameters<typeof missing>): string | null => {
    const key = missing(...asked);
    return key === null ? null : vi[key].replace("{robot}", "AMR-04");
  };
  expect(said(moving, null, null, "")).toBe("Hãy chọn hàng đi đâu.");
  expect(said(moving, "elsewhere", null, "Tư")).toBe("Hãy chọn nơi trả hàng.");
  expect(said(moving, "by_hand", "A1W", " T ")).toBe("Hãy ghi ai dỡ hàng."); // it asked where to, though that was chosen
  expect(said(moving, "by_hand", null, "Tư")).toBe("Hãy tạm dừng AMR-04 trước.");
  expect(said({ ...moving, paused: true }, "back", "A1W", "")).toBe("Đợi AMR-04 đứng yên.");
  expect([said(still, "back", "A1W", ""), said(still, "by_hand", null, "Tư")]).toEqual([null, null]);
});

it("has each text in Vietnamese with the words of the flow and the same facts as in English", () => {
  const facts = (text: string): string[] => [...text.matchAll(/{(\w+)}/g)].map((found) => found[1] ?? "").sort();
  for (const key of Object.keys(vi) as (keyof typeof vi)[]) expect([key, facts(vi[key])]).toEqual([key, facts(en[key])]);
  for (const why of ["offline", "lost", "stopped", "broken"] as const) expect(vi[`cancel.cannot.${why}`]).toMatch(/^{robot} .*: chỉ người dỡ được\.$/);
  expect(vi["cancel.stays_paused"]).toContain("bấm Chạy lại ở trang robot");
  expect(vi["cancel.will_stop"]).toBe("{robot} đang chạy {speed} m/s. Nếu tạm dừng ngay, robot sẽ đứng {where}.");
  expect(Object.values(vi).filter((text) => /dừng lại hẳn|huỷ|tháo hàng|xe robot/i.test(text))).toEqual([]);
});

it("does not say that a robot stays where only what was to be unloaded keeps it: it drives off with the load", () => {
  const held = (...scopes: ("one" | "unload")[]): Robot => aRobot({ paused: true, pauses: scopes.map((scope) => ({ user: "lan", since: 0, text: "", scope })) });
  expect([staysPaused(held("unload"), false), staysPaused(held("unload", "one"), false), staysPaused(held(), false)]).toEqual([false, true, true]);
  expect(staysPaused(held("unload", "one"), true)).toBe(false);
});
