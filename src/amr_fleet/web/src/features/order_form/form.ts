import { newKey } from "../../shared/api/key";
import type { BookOrder, NewCargo, NewOrder } from "../../shared/api/types";
import type { Key } from "../../shared/i18n/texts";
import { checkContainer, checkSscc, type Verdict } from "./cargo_ids";

/** The body of POST /orders with every field there, as it is typed: "" is an empty text, 0 and null are no time. */
export type Form = Required<NewOrder> & { cargo: Required<NewCargo> };

export const EMPTY: Form = {
  pick_place: "", drop_place: "", priority: 0, deadline_in_s: null, earliest_in_s: 0, cutoff: "", robot: "", held: false, until_ready: false, load_id: "", reference: "", key: "",
  cargo: { kind: "", lot: "", container: "", customer: "", customs_hold: false, weight_kg: 0, load_type: "" },
};

type Of<V> = { [K in keyof Form]: Form[K] extends V ? K : never }[keyof Form];
const like = <K extends keyof Form>(empty: unknown): K[] => (Object.keys(EMPTY) as K[]).filter((name) => EMPTY[name] === empty);
const TICKS = like<Of<boolean>>(false);
const TYPED = like<Of<string>>("").filter((name) => name !== "pick_place" && name !== "drop_place");

/** A usual order says no to all that it may be. */
export const USUAL = Object.fromEntries(TICKS.map((name) => [name, false])) as Record<Of<boolean>, false>;

/** What an order is beside a usual one, by the words of the form; that it is held is said with its reason. */
export const orderKinds = (order: object): Key[] => TICKS.filter((name) => name !== "held" && name in order && (order as Form)[name]).map((name) => `new.${name}` as const);

/** The form with what was typed before it was opened anew, if anything was: a part that is not there is as in an empty one. */
export function withDraft(draft: Partial<Form> | null): Form {
  return { ...EMPTY, key: newKey(), ...draft, cargo: { ...EMPTY.cargo, ...draft?.cargo } };
}

export type Faults = Partial<Record<"pick_place" | "drop_place" | "deadline_in_s" | "earliest_in_s" | "load_id" | "container" | "weight_kg", Key>>;

const HEAVIEST_KG = 100_000;
const LONGEST_MINUTES = 7 * 24 * 60;

/** What is typed in minutes, in seconds; null for nothing, NaN for no number. */
export const toSeconds = (minutes: string | number): number | null => (minutes === "" ? null : Number(minutes) * 60);
/** What an input of minutes shows. */
export const toMinutes = (seconds: number | null): number | "" => (seconds === null ? "" : Math.round(seconds / 60));

export function loadVerdict({ cargo, load_id }: Form): Verdict {
  if (cargo.kind === "pallet") return checkSscc(load_id);
  if (cargo.kind === "container") return checkContainer(load_id);
  return { state: "empty" };
}

const isWrong = (v: Verdict): boolean => v.state === "shape" || v.state === "check";
const outside = (seconds: number): boolean => !(seconds >= 60 && seconds <= LONGEST_MINUTES * 60);

export function check(form: Form): Faults {
  const faults: Faults = {};
  const { cargo } = form;
  if (form.pick_place === "") faults.pick_place = "new.need_pick";
  if (form.drop_place === "") faults.drop_place = "new.need_drop";
  else if (form.drop_place === form.pick_place) faults.drop_place = "new.same";
  if (form.deadline_in_s !== null && outside(form.deadline_in_s)) faults.deadline_in_s = "new.bad_deadline";
  if (form.earliest_in_s !== 0 && outside(form.earliest_in_s)) faults.earliest_in_s = "new.bad_deadline";
  if ((cargo.kind === "pallet" || cargo.kind === "container") && form.load_id.trim() === "") faults.load_id = "cargo.need_number";
  else if (isWrong(loadVerdict(form))) faults.load_id = "cargo.bad_number";
  if (cargo.kind !== "container" && isWrong(checkContainer(cargo.container))) faults.container = "cargo.bad_number";
  if (!(cargo.weight_kg >= 0 && cargo.weight_kg <= HEAVIEST_KG)) faults.weight_kg = "cargo.bad_weight";
  return faults;
}

/** What goes to the server: only what was filled in, without blanks around it. */
export function toDraft(form: Form): NewOrder {
  const draft: NewOrder = { pick_place: form.pick_place, drop_place: form.drop_place, priority: form.priority };
  if (form.deadline_in_s !== null) draft.deadline_in_s = form.deadline_in_s;
  if (form.earliest_in_s !== 0) draft.earliest_in_s = form.earliest_in_s;
  for (const name of TICKS) if (form[name]) draft[name] = true;
  for (const name of TYPED) {
    if (form[name].trim() !== "") draft[name] = form[name].trim();
  }
  const { kind, customs_hold, weight_kg, load_type } = form.cargo;
  const [lot, customer] = [form.cargo.lot.trim(), form.cargo.customer.trim()];
  const container = kind === "container" ? "" : form.cargo.container.trim();
  if (kind !== "" || lot !== "" || container !== "" || customer !== "" || customs_hold) draft.cargo = { kind, lot, container, customer, customs_hold };
  if (weight_kg !== 0) draft.cargo = { ...draft.cargo, weight_kg };
  if (load_type !== "") draft.cargo = { ...draft.cargo, load_type };
  return draft;
}

/** What is kept as a template or comes again: a load's number and a document come only once. */
export function repeatable(form: Form): NewOrder {
  // A pallet or container is its number; what has none yet is cargo of no kind.
  const kind = form.cargo.kind === "lot" ? "lot" : "";
  return toDraft({ ...afterSending(form), key: "", cargo: { ...form.cargo, kind } });
}

export function fromTemplate({ cargo, ...order }: BookOrder, form: Form): Form {
  return { ...form, ...order, cargo: cargo ?? form.cargo, key: form.key };
}

/** The next pallet usually goes the same way: the places stay, what belongs to one load (number, weight) goes. */
export function afterSending(form: Form): Form {
  return { ...form, reference: "", load_id: "", key: newKey(), cargo: { ...form.cargo, weight_kg: 0 } };
}
