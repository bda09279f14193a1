import type { BookOrder, CargoKind, NewOrder } from "../../shared/api/types";
import type { Key } from "../../shared/i18n/texts";
import { checkContainer, checkSscc, type Verdict } from "./cargo_ids";

/** The fields of an order as they are typed; times in minutes from now. */
export interface Form {
  pick: string | null;
  drop: string | null;
  priority: string;
  deadline: string | number;
  earliest: string | number;
  cutoff: string;
  reference: string;
  kind: CargoKind;
  loadId: string;
  lot: string;
  container: string;
  customer: string;
  customs: boolean;
  robot: string;
  held: boolean;
}

export const EMPTY: Form = {
  pick: null, drop: null, priority: "0", deadline: "", earliest: "", cutoff: "", reference: "",
  kind: "", loadId: "", lot: "", container: "", customer: "", customs: false, robot: "", held: false,
};

export type Faults = Partial<Record<"pick" | "drop" | "deadline" | "earliest" | "loadId" | "container", Key>>;

const LONGEST_MINUTES = 7 * 24 * 60;

export function loadVerdict(form: Form): Verdict {
  if (form.kind === "pallet") return checkSscc(form.loadId);
  if (form.kind === "container") return checkContainer(form.loadId);
  return { state: "empty" };
}

const isWrong = (v: Verdict): boolean => v.state === "shape" || v.state === "check";
const outside = (minutes: string | number): boolean => minutes !== "" && !(Number(minutes) >= 1 && Number(minutes) <= LONGEST_MINUTES);

export function check(form: Form): Faults {
  const faults: Faults = {};
  if (form.pick === null) faults.pick = "new.need_pick";
  if (form.drop === null) faults.drop = "new.need_drop";
  else if (form.drop === form.pick) faults.drop = "new.same";
  if (outside(form.deadline)) faults.deadline = "new.bad_deadline";
  if (outside(form.earliest)) faults.earliest = "new.bad_deadline";
  if ((form.kind === "pallet" || form.kind === "container") && form.loadId.trim() === "") faults.loadId = "cargo.need_number";
  else if (isWrong(loadVerdict(form))) faults.loadId = "cargo.bad_number";
  if (form.kind !== "container" && isWrong(checkContainer(form.container))) faults.container = "cargo.bad_number";
  return faults;
}

/** What goes to the server: only what was filled in. */
export function toDraft(form: Form): NewOrder {
  const draft: NewOrder = { pick_place: form.pick ?? "", drop_place: form.drop ?? "", priority: Number(form.priority) };
  if (form.deadline !== "") draft.deadline_in_s = Number(form.deadline) * 60;
  if (form.earliest !== "") draft.earliest_in_s = Number(form.earliest) * 60;
  if (form.cutoff !== "") draft.cutoff = form.cutoff;
  if (form.robot !== "") draft.robot = form.robot;
  if (form.held) draft.held = true;
  if (form.reference.trim() !== "") draft.reference = form.reference.trim();
  if (form.loadId.trim() !== "") draft.load_id = form.loadId.trim();
  const container = form.kind === "container" ? "" : form.container.trim();
  if (form.kind !== "" || form.lot.trim() !== "" || container !== "" || form.customer.trim() !== "" || form.customs) {
    draft.cargo = { kind: form.kind, lot: form.lot.trim(), container, customer: form.customer.trim(), customs_hold: form.customs };
  }
  return draft;
}

/** What is kept as a template or comes again: a load's number and a document come only once. */
export function repeatable(form: Form): NewOrder {
  // A pallet or container is its number; what has none yet is cargo of no kind.
  return toDraft({ ...form, reference: "", loadId: "", kind: form.kind === "lot" ? "lot" : "" });
}

const minutes = (seconds: number | null): number | "" => (seconds === null || seconds === 0 ? "" : Math.round(seconds / 60));

export function fromTemplate(order: BookOrder, form: Form): Form {
  const { cargo } = order;
  return {
    ...form,
    pick: order.pick_place,
    drop: order.drop_place,
    priority: String(order.priority),
    cutoff: order.cutoff,
    robot: order.robot,
    held: order.held,
    earliest: minutes(order.earliest_in_s),
    deadline: minutes(order.deadline_in_s),
    ...(cargo === null ? {} : { kind: cargo.kind, lot: cargo.lot, container: cargo.container, customer: cargo.customer, customs: cargo.customs_hold }),
  };
}

/** The next pallet usually goes the same way: the places stay, what belongs to one load goes. */
export function afterSending(form: Form): Form {
  return { ...form, reference: "", loadId: "" };
}
