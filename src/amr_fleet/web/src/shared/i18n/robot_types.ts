import { vi } from "./catalogue";
import { isKey, type Texts } from "./texts";

const START = "robot_type.";

/** The robot types that come with the product: the API has a closed list of them, and the type check asks a text for each. */
export const ROBOT_TYPES = Object.keys(vi).filter((key) => key.startsWith(START)).map((key) => key.slice(START.length));

/** What people call a robot type; a type of the site has no other name than its own. */
export function typeName(type: string, t: Texts["t"]): string {
  const key = `${START}${type}`;
  return isKey(key) ? t(key) : type;
}
