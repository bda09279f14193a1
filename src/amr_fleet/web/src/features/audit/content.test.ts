import { expect, it } from "vitest";

import { loadCodes, textsFor } from "../../shared/i18n/texts";
import { content } from "./content";
import { en, vi } from "./words/texts";

const said = (what: object, lang: "vi" | "en" = "vi") => content(JSON.stringify(what), textsFor(lang), (key) => ({ vi, en })[lang][key], undefined);

it("says what was asked for in the words of the pages: no codes, no keys, nothing that was left empty", async () => {
  expect(said({ kind: "closed", lanes: "A2", text: "Hàng đổ" })).toBe("Loại: Đóng, cấm vào, Làn: A2, Lý do: Hàng đổ");
  expect(said({ pick_place: "A1W", priority: 9, key: "824136da7abe75bc" })).toBe("Nơi lấy: A1W, Ưu tiên: Khẩn");
  expect(said({ closed_places: "0 rows", zones: "1 rows", paused_robots: "amr_02" })).toBe("Làn, khu vực: 1 mục, Robot tạm dừng: AMR-02");
  await loadCodes("en");
  expect(said({ robot: "amr_02", pause: true }, "en")).toBe("Robot: AMR-02, Pause: yes");
});

it("shows what was cut as it was cut", () => {
  expect(content('{"text": "a lo', textsFor("vi"), (key) => vi[key], undefined)).toBe('{"text": "a lo');
});
