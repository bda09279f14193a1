import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";

import { ApiError } from "../../shared/api/request";
import type { Intervention } from "./api";
import { AskedAlarm } from "./Handover";
import { vi } from "./texts";

const OVER = vi["alarms.asked_over"];
const UNKNOWN = vi["alarms.asked_unknown"];

function alarm(alarm_id: string, cleared: number): Intervention {
  return { alarm_id, code: "alarm.robot_offline", severity: "critical", robot: "amr_1", order_id: "", raised: 10, acked_by: "", acked_at: 0, cleared };
}

/** What the page says of alarm A000002, with an answer of the journal, or none. */
async function said(answer?: Intervention[] | Error): Promise<string> {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, retryOnMount: false } } });
  const ask = () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ interventions: answer }));
  if (answer !== undefined) await client.prefetchQuery({ queryKey: ["interventions", "asked", "A000002"], queryFn: ask });
  return renderToStaticMarkup(createElement(QueryClientProvider, { client }, createElement(AskedAlarm, { alarm: "A000002", now: 100 })));
}

it("says of the alarm of a message that it is over when the journal says so, and what it was", async () => {
  const text = await said([alarm("A000003", 0), alarm("A000002", 90), alarm("A000001", 50)]);
  expect(text).toContain(OVER);
  expect(text.match(/<li>/g)).toHaveLength(1);
  expect(text).toContain(vi["handover.untaken"]);
});

it("says that it is not found of an alarm that nobody knows, or of another day", async () => {
  const text = await said([alarm("A000001", 50)]);
  expect(text).toContain(UNKNOWN);
  expect(text).not.toContain(OVER);
});

it("says nothing before the journal has answered, and while that has not heard of the end", async () => {
  expect([await said(), await said([alarm("A000002", 0)])]).toEqual(["", ""]);
});

it("says that it could not be asked, and nothing of the alarm", async () => {
  const text = await said(new ApiError("store.failed", {}, 503));
  expect(text).toContain('role="alert"');
  for (const claim of [OVER, UNKNOWN]) expect(text).not.toContain(claim);
});
