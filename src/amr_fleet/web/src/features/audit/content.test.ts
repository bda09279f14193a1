import { expect, it } from "vitest";

import { loadCodes, textsFor } from "../../shared/i18n/texts";
import { content } from "./content";
import { csv } from "../../shared/ui/save";
import { en, vi } from "./words/texts";

const said = (what: object, lang: "vi" | "en" = "vi") => content(JSON.stringify(what), textsFor(lang), (key) => ({ vi, en })[lang][key], undefined);

it("says what was asked for in the words of the pages: no codes, no keys, nothing that was left empty", async () => {
  expect(said({ kind: "closed", lanes: "A2", text: "Hàng đổ" })).toBe("Loại: Đóng, cấm vào, Làn: A2, Lý do: Hàng đổ");
  expect(said({ pick_place: "A1W", priority: 9, key: "824136da7abe75bc" })).toBe("Nơi lấy: A1W, Ưu tiên: Khẩn");
  expect(said({ closed_places: "0 rows", zones: "1 rows", paused_robots: "amr_02" })).toBe("Làn, khu vực: 1 mục, Robot tạm dừng: AMR-02");
  expect(said({ pick_place: "A1W", deadline_in_s: 1500, every_s: 7200 })).toBe("Nơi lấy: A1W, Hạn: 25 phút, Lặp lại: 2 giờ");
  expect(said({ deadline_in_s: 0 })).toBe("Hạn: không đặt");
  await loadCodes("en");
  expect(said({ robot: "amr_02", pause: true }, "en")).toBe("Robot: AMR-02, Pause: yes");
});

it("names the first three of a list and how many more, and all of them where there is room", () => {
  const what = JSON.stringify({ kind: "closed", lanes: ["A1", "A2", "A3", "A4", "A5"] });
  const told = (most?: number) => content(what, textsFor("vi"), (key) => vi[key], undefined, most);
  expect(told(3)).toBe("Loại: Đóng, cấm vào, Làn: A1, A2, A3 +2");
  expect(told()).toBe("Loại: Đóng, cấm vào, Làn: A1, A2, A3, A4, A5");
  expect(said({ lanes: ["A1", "+98"] })).toBe("Làn: A1 +98");
  expect(said({ paused_robots: ["amr_01", "amr_02"], zones: [{ kind: "slow", lanes: ["A2"], minutes: null }] })).toBe(
    "Robot tạm dừng: AMR-01, AMR-02, Làn, khu vực: (Loại: Chạy chậm, Làn: A2)",
  );
});

it("writes rows as a table that a spreadsheet takes as text, whole lists included", () => {
  expect(csv([["Lúc", "Nội dung"], ['A "1"', "=1+1"]])).toBe('\ufeff"Lúc","Nội dung"\r\n"A ""1""","\'=1+1"\r\n');
});

it("shows what was cut as it was cut", () => {
  expect(content('{"text": "a lo', textsFor("vi"), (key) => vi[key], undefined)).toBe('{"text": "a lo');
});
