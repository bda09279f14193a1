/** All texts of the dashboard, gathered from the features; a new feature adds its line to each list. */

import * as shell from "../../app/texts";
import * as accounts from "../../features/accounts/texts";
import * as attention from "../../features/attention/texts";
import * as assistant from "../../features/assistant/texts";
import * as audit from "../../features/audit/texts";
import * as book from "../../features/book/texts";
import * as cameras from "../../features/cameras/texts";
import * as cargo from "../../features/cargo/texts";
import * as imports from "../../features/import/texts";
import * as live from "../../features/live/texts";
import * as login from "../../features/login/texts";
import * as map from "../../features/map/texts";
import * as orderForm from "../../features/order_form/texts";
import * as orders from "../../features/orders/texts";
import * as periodic from "../../features/periodic/texts";
import * as replay from "../../features/replay/texts";
import * as report from "../../features/report/texts";
import * as robots from "../../features/robots/texts";
import * as search from "../../features/search/texts";
import * as sessions from "../../features/sessions/texts";
import * as whatif from "../../features/whatif/texts";
import * as zones from "../../features/zones/texts";
import * as common from "./common";
import * as fields from "./fields";
import type { Needed } from "./needed";

type All<U> = (U extends unknown ? (part: U) => void : never) extends (part: infer I) => void ? I : never;

/** One object of all parts. A call that is marked pure can be left out of the chunk of the other language; a spread cannot. */
function gathered<T extends object[]>(...parts: T): All<T[number]> {
  return Object.assign({}, ...parts) as All<T[number]>;
}

export const vi = /* @__PURE__ */ gathered(
  common.vi,
  fields.vi,
  shell.vi,
  accounts.vi,
  attention.vi,
  assistant.vi,
  audit.vi,
  book.vi,
  cameras.vi,
  cargo.vi,
  imports.vi,
  live.vi,
  login.vi,
  map.vi,
  orderForm.vi,
  orders.vi,
  periodic.vi,
  replay.vi,
  report.vi,
  robots.vi,
  search.vi,
  sessions.vi,
  whatif.vi,
  zones.vi,
) satisfies Record<Needed, string>;

export const en: Record<keyof typeof vi, string> = /* @__PURE__ */ gathered(
  common.en,
  fields.en,
  shell.en,
  accounts.en,
  attention.en,
  assistant.en,
  audit.en,
  book.en,
  cameras.en,
  cargo.en,
  imports.en,
  live.en,
  login.en,
  map.en,
  orderForm.en,
  orders.en,
  periodic.en,
  replay.en,
  report.en,
  robots.en,
  search.en,
  sessions.en,
  whatif.en,
  zones.en,
);
