import { expect, it } from "vitest";

import { BadList, bookList, fileText, isBook, rowTexts, toList } from "./list";

const key = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof BadList) return error.key;
  }
  return "";
};

it.each([
  ["", "import.empty"],
  ["  \n", "import.empty"],
  ["{", "import.bad_json"],
  ["[", "import.bad_json"],
  ["{}", "import.bad_json"],
  ['{"rows": 5}', "import.bad_json"],
  ["[]", "import.no_rows"],
  ["x".repeat(1_000_001), "import.big_file"],
])("refuses %.20j with %s", (text, wanted) => {
  expect(key(() => toList(text))).toBe(wanted);
});

it("takes a table as it is, and rows with or without a name around them", () => {
  expect(toList(" a;b\n1;2 ")).toEqual({ csv: "a;b\n1;2" });
  expect(toList('[{"a": 1}]')).toEqual({ rows: [{ a: 1 }] });
  expect(toList('{"rows": [{"a": 1}]}')).toEqual({ rows: [{ a: 1 }] });
});

it("reads UTF-8 and Excel's UTF-16, and nothing that is neither", async () => {
  const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0x00]);
  expect([await fileText(new File(["é"], "a")), await fileText(new File([utf16], "a"))]).toEqual(["é", "a"]);
  await expect(fileText(new File([new Uint8Array([0xc3, 0x28])], "a"))).rejects.toMatchObject({ key: "import.bad_file" });
});

it("tells a workbook by its first bytes, whatever it is called, and sends it as base64", async () => {
  const book = new File([new Uint8Array([0x50, 0x4b, 3, 4, 255])], "orders.csv");
  expect([await isBook(book), await isBook(new File(["a;b"], "b.xlsx")), await isBook(new File([], "c"))]).toEqual([true, false, false]);
  expect(await bookList(book)).toEqual({ xlsx: "UEsDBP8=" });
  await expect(bookList(new File([new Uint8Array(700_001)], "a.xlsx"))).rejects.toMatchObject({ key: "import.big_book" });
});

it("has its own text for rows that were objects", () => {
  expect(rowTexts({ csv: "a;b\n1;2" })).toEqual([]);
  expect(rowTexts({ rows: [{ a: 1 }] })).toEqual(['{"a":1}']);
});
