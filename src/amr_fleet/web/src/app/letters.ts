/** After G: the letter of each page, from its Vietnamese name. */
export const LETTERS: Readonly<Record<string, string>> = {
  "/": "b",
  "/orders": "d",
  "/robots": "r",
  "/attention": "c",
  "/handover": "g",
  "/cargo": "h",
  "/book": "k",
  "/cameras": "m",
  "/whatif": "t",
  "/replay": "x",
  "/report": "o",
  "/assistant": "l",
  "/audit": "n",
  "/accounts": "a",
  "/sessions": "i",
};
