import { beforeEach, expect, it } from "vitest";

import { aSnapshot } from "../../shared/testing/samples";
import { follow, useTrend } from "./trend";

beforeEach(() => useTrend.setState({ points: [] }));

const at = (t: number) => follow(aSnapshot({ t }));
const times = () => useTrend.getState().points.map((p) => p.t);

it("keeps a point every ten seconds, and forgets the oldest", () => {
  for (let t = 0; t < 4000; t += 2) at(t);
  expect([times().length, times()[1]! - times()[0]!]).toEqual([360, 10]);
});

it("begins anew when the clock jumps back: that is another run", () => {
  [100, 110, 5].forEach(at);
  expect(times()).toEqual([5]);
});

it("knows no smaller peak than the header just said", () => {
  for (const [t, longest_s] of [[100, 0], [104, 4], [108, 8], [109, 3]] as const) follow(aSnapshot({ t, waits: { ...aSnapshot().waits, longest_s } }));
  expect(useTrend.getState().points.map((p) => p.wait)).toEqual([8]);
});
