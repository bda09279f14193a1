import { beforeAll, describe, expect, it } from "vitest";

import { en, vi } from "./catalogue";
import { codesEn } from "./codes_en";
import { codesVi } from "./codes_vi";
import * as events from "./events";
import { clock, isKey, type Lang, loadCodes, robotLabel, textsFor } from "./texts";

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? "").sort();

/** Also those that come with a page. */
const OF_FEATURES = Object.entries(import.meta.glob<{ vi: object; en: object }>("../../features/**/texts.ts", { eager: true })).map(([file, own]) => [file, own.vi, own.en]);

describe.each([
  ["texts", vi, en],
  ["codes", codesVi, codesEn],
  ["events", events.vi, events.en],
  ...OF_FEATURES,
] as [string, Record<string, string>, Record<string, string>][])("%s", (_, first, second) => {
  it("has the same keys in both languages", () => {
    expect(Object.keys(second).sort()).toEqual(Object.keys(first).sort());
  });

  it("fills in the same facts in both languages and leaves none empty", () => {
    for (const [key, text] of Object.entries(first)) {
      expect([key, placeholders(second[key] ?? "")]).toEqual([key, placeholders(text)]);
      expect(text.trim(), key).not.toBe("");
      expect(second[key]?.trim(), key).not.toBe("");
    }
  });
});

beforeAll(() => loadCodes("en"));

it("leaves the words of the journal to the pages that show it", () => {
  expect(Object.keys(vi).filter((key) => key.startsWith("event."))).toEqual([]);
});

describe("a text", () => {
  const texts = textsFor("en");

  it("shows a question mark for a fact that did not come", () => {
    expect(texts.t("order.title", { order: "T00001" })).toBe("Order T00001");
    expect(texts.t("order.title")).toBe("Order ?");
  });

  it("names the code that the catalogue does not know", () => {
    expect(texts.code("robot.exploded", {})).toContain("robot.exploded");
  });

  it("names robots, states and roles as the screen does", () => {
    expect(texts.code("wait.traffic", { robot: "amr_03" })).toContain("AMR-03");
    expect(texts.code("alarm.not_localized", { robot: "amr_03" })).toBe("AMR-03 does not know where it is");
    expect(texts.code("alarm.not_localized", { robot: "amr_03", x: 9, y: -2 })).toContain("at (9; -2) m");
    expect(texts.code("alarm.cmd_vel", { robot: "amr_03", count: 2, programs: "/teleop" })).toContain("AMR-03: foreign velocity commands (cmd_vel) from /teleop");
    expect(texts.code("alarm.cmd_vel", { robot: "amr_03", count: 2 })).toContain("2 programs");
    expect(texts.code("wait.traffic", {})).toBe(codesEn["client.wait_way"]);
    expect(texts.code("wait.wanted_robot", { robot: "amr_03", out: "" })).toBe("Waiting for AMR-03 to be free");
    expect(texts.code("wait.wanted_robot", { robot: "amr_03", out: "respected" })).toBe("AMR-03, which was chosen for it, gets no new orders");
    expect(texts.code("wait.no_robot", { robots: 12 })).not.toContain("drive"); // those out of use still bring what they have
    expect(texts.code("wait.paused", { robot: "amr_03", user: "lan" })).toBe("AMR-03 is paused by lan");
    expect(texts.code("wait.paused", { robot: "amr_03", user: "" })).toBe("AMR-03 is paused by an operator");
    expect(texts.code("wait.unload", { robot: "amr_03", user: "lan" })).toContain("asked for by lan");
    expect(texts.code("wait.unload", { robot: "amr_03" })).toBe("AMR-03 waits until somebody has taken its load off");
    expect(texts.code("wait.conveyor", { conveyor: "C1", state: "LOAD" })).toBe("A load lies on conveyor C1: nothing can be put down there yet");
    expect(texts.code("alarm.conveyor", { conveyor: "C1", state: "NO_LOAD_STAYS" })).toBe("No load lies on conveyor C1 yet");
    expect(texts.code("alarm.conveyor", { conveyor: "C1", state: "NO_SENSOR" })).toContain("load sensor of conveyor C1");
    expect(texts.code("alarm.conveyor", { conveyor: "C1", state: "HELD", robot: "amr_03" })).toBe("AMR-03 was taken out of use at conveyor C1 and keeps it");
    expect(texts.code("wait.conveyor", { conveyor: "C1", state: "CLOSED" })).toBe("Waiting for conveyor C1");
    expect(robotLabel("amr_12")).toBe("AMR-12");
    expect(texts.code("alarm.camera_frozen", { camera: "amr_03", robot: "amr_03" })).toBe("The picture of camera AMR-03 stands still");
    expect(texts.code("alarm.camera_frozen", { camera: "amr_03:depth", robot: "amr_03" })).toBe("The picture of camera AMR-03 (depth) stands still");
  });

  it("calls a closed zone as the person or camera that closed it does, in the words of what was done", () => {
    const vi = textsFor("vi");
    const lane = { zone: "K-12AB", shut: "closed", lanes: "A2", why: "dọn hàng đổ" };
    expect(vi.code("wait.zone", lane)).toBe("Đang chờ: làn A2 đang đóng (dọn hàng đổ)");
    expect(texts.code("wait.zone", { ...lane, shut: "hold", lanes: "" })).toBe("Waiting: the area K-12AB is on hold (dọn hàng đổ)");
    expect(vi.code("wait.zone", { zone: "camera:C1:7", shut: "hold", camera: "C1" })).toBe("Đang chờ: khu vực camera C1 canh đang tạm giữ");
    expect(vi.code("wait.zone", { zone: "K-12AB" })).toBe("Đang chờ: khu vực K-12AB bị đóng hoặc tạm giữ");
  });

  it("does not take inherited names for keys", () => {
    expect([isKey("order.title"), isKey("nonsense"), isKey("toString")]).toEqual([true, false, false]);
  });
});

describe("numbers and times", () => {
  it.each([
    ["vi", "1.234,5", "1 giờ 1 phút"],
    ["en", "1,234.5", "1 h 1 min"],
  ] as [Lang, string, string][])("follow the language %s", (lang, number, age) => {
    const texts = textsFor(lang);
    expect(texts.num(1234.5, 1)).toBe(number);
    expect([texts.grouped.thousandSeparator, texts.grouped.decimalSeparator]).toEqual([number[1], number[5]]);
    expect(texts.grouped.allowedDecimalSeparators).toEqual([texts.decimal]);
    expect(texts.num(null)).toBe("–");
    expect(texts.age(3675)).toBe(age);
    expect(texts.age(-5)).toBe(lang === "vi" ? "0 giây" : "0 s");
  });

  it("show a simulation's time since its beginning and a site's time of day", () => {
    expect(clock(3 * 3600 + 7 * 60 + 9)).toBe("03:07:09");
    expect(clock(2 * 86_400 + 7 * 3600 + 33 * 60)).toBe("07:33:00");
    expect(clock(1_790_000_000)).toMatch(/^\d{2}:\d{2}:\d{2}$/);
  });
});
