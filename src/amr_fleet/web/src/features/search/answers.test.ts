import { expect, it } from "vitest";

import { addAnswerer, answersTo } from "./answers";

it("gathers what answerers say and leaves out those that fail, say nothing, or were taken away", async () => {
  const { signal } = new AbortController();
  const remove = [
    addAnswerer((typed) => Promise.resolve(`heard ${typed}`)),
    addAnswerer(() => Promise.reject(new Error("no network"))),
    addAnswerer(() => Promise.resolve(null)),
  ];
  expect(await answersTo("amr 3", signal)).toEqual(["heard amr 3"]);
  for (const one of remove) one();
  expect(await answersTo("amr 3", signal)).toEqual([]);
});

it("says nothing to a question that was typed over", async () => {
  const asked = new AbortController();
  const remove = addAnswerer(() => Promise.resolve("late"));
  const answer = answersTo("amr", asked.signal);
  asked.abort();
  expect(await answer).toEqual([]);
  remove();
});
