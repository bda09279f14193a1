import { expect, it } from "vitest";

import { csv } from "../../shared/ui/save";
import type { Flight } from "./api";
import { countReport } from "./count_report";
import { vi } from "./texts";

const missing = new Set<string>();
const say = (key: string): string => {
  const text = (vi as Record<string, string>)[key];
  if (text === undefined) missing.add(key);
  return text ?? key;
};
const difference = { kind: "misplaced", load_id: "389345670000000175", found: "B1", booked: "B2", cell: "B1W-02-1", sure: true, order_id: "T000009", refused: "", checked_by: "", photo: "ab12" };
const flight = {
  flight_id: "F000001", again: "", state: "DONE", user: "lan", pilot: "=Trần", started: 100, finished: 400, places: ["B1"], labels: 9, empty: 4, unreadable: 1, unknown: 2, plan: { cells: 16 },
  differences: [difference, { ...difference, kind: "missing", load_id: "X", found: "", cell: "", sure: false, order_id: "", refused: "cargo.busy", checked_by: "lan", photo: "" }],
} as unknown as Flight;

const rows = countReport(flight, say, (id) => (id === "" ? "" : `Dãy ${id}`), (at) => `lúc ${at}`, (code) => `mã ${code}`);

it("says what was flown and read before what differs, in words that exist", () => {
  expect([...missing]).toEqual([]);
  expect(Object.fromEntries(rows.slice(0, 12).map(([name, value]) => [name, value]))).toMatchObject({
    "Bắt đầu": "lúc 100", "Kết thúc": "lúc 400", "Số ô": "16", "Ô trống": "4", "Không đọc được nhãn": "1", "Chưa nhìn đến": "2",
  });
});

it("keeps all digits of a number in a spreadsheet, and calls a load that may stand in an unread cell not missing", () => {
  expect(rows.at(-4)).toEqual(["Sai chỗ", "(00)389345670000000175", "Dãy B1", "B1W-02-1", "Dãy B2", "T000009", "", "ab12"]);
  expect(rows.at(-3)).toEqual(["Chưa thấy (có thể ở ô chưa đọc được)", "X", "", "", "Dãy B2", "mã cargo.busy", "lan", ""]);
});

it("is a file that a spreadsheet does not calculate with", () => {
  expect(csv(rows)).toContain('"\'=Trần"');
});
