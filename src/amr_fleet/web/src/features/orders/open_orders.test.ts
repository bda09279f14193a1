import { expect, it } from "vitest";

import { anOrder } from "../../shared/testing/samples";
import { withRest } from "./open_orders";

const queued = (order_id: string, rank: number) => anOrder({ order_id, rank });

it("adds what a long queue has behind the picture, in the order of service, and counts what nobody told of", () => {
  const live = [anOrder({ order_id: "A", robot: "amr_1", state: "TO_PICK" }), queued("B", 1)];
  const asked = [queued("D", 3), queued("C", 2), queued("B", 1), anOrder({ order_id: "X", state: "TO_PICK", robot: "amr_2" })];
  expect(withRest(live, 5, asked)).toEqual({ orders: [...live, queued("C", 2), queued("D", 3)], unseen: 3 });
});

it("forgets the rest once all of the queue is in the picture: it is of some seconds ago", () => {
  expect(withRest([queued("B", 1)], 0, [queued("C", 2)])).toEqual({ orders: [queued("B", 1)], unseen: 0 });
});
