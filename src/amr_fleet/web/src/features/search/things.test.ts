import { expect, it } from "vitest";

import type { Load, Site, TempZone } from "../../shared/api/types";
import { textsFor } from "../../shared/i18n/texts";
import { anOrder, aRobot } from "../../shared/testing/samples";
import { find } from "./find";
import { laneThings, loadThings, orderThings, placeThings, robotThings } from "./things";

const vi = textsFor("vi");
const SITE = {
  places: [{ id: "DOCK-03", name_vi: "Cửa xuất nhập D03", name_en: "Dock D03", kind: "dock", stations: [{ id: "DOCK-03-1", x: 4, y: 2, theta: 0 }] }],
  chargers: [{ id: "CHG_01", x: 1, y: 1, theta: 0 }],
  parking: [{ id: "PARK_02", x: 9, y: 9, theta: 0 }],
} as unknown as Site;
const LOAD = { load_id: "006141411234567890", kind: "pallet", lot: "GAO-7", container: "CSQU3054383", customer: "Sông Hậu" } as Load;

it("finds robots, orders, loads and places, each with a way to its page", () => {
  const things = [...robotThings([aRobot({ name: "amr_03" })], vi), ...placeThings(SITE, vi), ...orderThings([anOrder({ order_id: "T00031", reference: "PO-4711", pick_place: "DOCK-03" })], vi, SITE), ...loadThings([LOAD], vi)];
  const first = (typed: string) => find(typed, things)[0];
  expect(first("amr 3")?.href).toBe("/robots/amr_03");
  expect(first("po 4711")?.href).toBe("/orders/T00031");
  expect(first("po 4711")?.detail).toContain("Cửa xuất nhập D03 →");
  expect(first("cont csqu")?.href).toBe("/cargo/006141411234567890");
  expect(first("cua 3")).toMatchObject({ kind: "place", spot: [4, 2] });
  expect(first("tram sac 1")).toMatchObject({ title: "CHG-01", spot: [1, 1] });
  expect(first("bai do 2")).toMatchObject({ title: "PARK-02", spot: [9, 9] });
});

it("finds a lane by its name, to close it", () => {
  const site = { ...SITE, lanes: [{ id: "A2", two_way: false, points: [[0, 0], [4, 2]] }, { id: "A20", two_way: false, points: [[0, 0], [4, 2]] }] } as unknown as Site;
  const things = [...placeThings(site, vi), ...laneThings(site, [], vi)];
  expect(find("lan a2", things)[0]).toMatchObject({ kind: "lane", lane: "A2", spot: [2, 1], href: "/" });
  expect(find("A2", things)[0]?.title).toBe("A2");
  expect(laneThings(undefined, [], vi)).toEqual([]);
});

it("says of a lane that it is closed, by whom and since when, and of an open one what may be done", () => {
  const site = { ...SITE, lanes: [{ id: "A2", two_way: false, points: [[0, 0], [4, 2]] }, { id: "A3", two_way: false, points: [[0, 0], [4, 2]] }] } as unknown as Site;
  const zone = (kind: TempZone["kind"], user: string) => ({ kind, user, since: 3660, elements: ["A2"] }) as TempZone;
  const [closed, open] = laneThings(site, [zone("slow", "an"), zone("closed", "lan")], vi);
  expect(closed?.detail).toBe("Đóng, cấm vào · lan, 01:01");
  expect(open?.detail).toBe("Chọn để đóng, tạm giữ hoặc cho chạy chậm");
});

it("has no places before the site is known", () => {
  expect(placeThings(undefined, vi)).toEqual([]);
});
