import { expect, it } from "vitest";

import type { Code } from "../../shared/api/types";
import { aRobot, aSnapshot } from "../../shared/testing/samples";
import { Heat } from "./heat";

const robot = (code: Code, order = "T00001") => aRobot({ order_id: order, x: 2, y: 2, waiting: { code, facts: {}, since: 0 } });

function after(seconds: number, one: ReturnType<typeof robot>): Heat {
  const heat = new Heat();
  for (let t = 1; t <= seconds; t++) heat.take(aSnapshot({ t, robots: [one] }));
  return heat;
}

it("warms where a robot at work waits, up to full", () => {
  expect(after(60, robot("wait.traffic")).squares()).toMatchObject([{ x: 1.5, y: 1.5, size: 1.5 }]);
  expect(after(1000, robot("wait.traffic")).squares()[0]?.strength).toBe(1);
});

it("stays cold for robots that were paused, have no order, or stand a moment", () => {
  expect(after(60, robot("wait.paused")).squares()).toEqual([]);
  expect(after(60, robot("wait.traffic", "")).squares()).toEqual([]);
  expect(after(2, robot("wait.traffic")).squares()).toEqual([]);
});

it("is not burnt by a clock that jumps", () => {
  const heat = after(10, robot("wait.traffic"));
  heat.take(aSnapshot({ t: 1e6, robots: [robot("wait.traffic")] }));
  expect(heat.squares()[0]?.strength).toBeLessThan(0.1);
});
