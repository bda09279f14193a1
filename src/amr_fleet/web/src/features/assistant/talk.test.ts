import { beforeEach, expect, it } from "vitest";

import type { Said } from "./api";
import { useAssistant } from "./open";
import { type Turn, useTalk } from "./talk";

const said: Said = { id: 0, kind: "tools", text: "x", why: "", results: [], proposals: [], executed: [], choices: [], whole: [] };
const turn = (id: number, at = 1): Turn => ({ id, asked: `q${id}`, said, at });

beforeEach(() => useTalk.setState({ user: "", turns: [] }));

it("puts what the server knows before what was just asked, each once", () => {
  useTalk.getState().begin("hoa", []);
  useTalk.getState().add(turn(3));
  useTalk.getState().begin("hoa", [turn(1, 0), turn(3, 0)]);
  expect(useTalk.getState().turns.map((one) => [one.id, one.at])).toEqual([
    [1, 0],
    [3, 1],
  ]);
});

it("keeps nothing of one person for the next", () => {
  useTalk.getState().begin("hoa", [turn(1)]);
  useTalk.getState().begin("tam", [turn(2)]);
  expect(useTalk.getState().turns.map((one) => one.id)).toEqual([2]);
});

it("opens the panel with a question that is asked once", () => {
  useAssistant.getState().ask("Vì sao AMR-06 đứng?");
  expect([useAssistant.getState().open, useAssistant.getState().first]).toEqual([true, "Vì sao AMR-06 đứng?"]);
  useAssistant.getState().taken();
  expect(useAssistant.getState().first).toBe("");
});
