import { expect, it } from "vitest";

/** How the sources are arranged: what ESLint cannot see. */
const FILES = Object.entries(import.meta.glob<string>("./**/*.{ts,tsx,css}", { query: "?raw", import: "default", eager: true }));
const FEATURES = [...new Set(FILES.flatMap(([path]) => /^\.\/features\/(\w+)\//.exec(path)?.[1] ?? []))];

const text = (folder: string, ending: RegExp): string => FILES.filter(([path]) => path.startsWith(`./${folder}/`) && ending.test(path)).map(([, content]) => content).join("\n");
const sources = (folder: string): string => text(folder, /(?<!\.test)\.tsx?$/);
const styled = (folder: string): Set<string> => new Set([...text(folder, /\.css$/).matchAll(/\.([a-z][a-z-]*)(?=[^{};]*\{)/g)].map((m) => m[1] ?? ""));

/** The classes that stand in className, without what is filled in. */
function classes(source: string): string[] {
  const written = [...source.matchAll(/className=("[^"]*"|\{[^\n]*?\}(?=[\s>]))/g)].map((m) => (m[1] ?? "").replace(/[!=]== "[^"]*"/g, ""));
  const quoted = written.flatMap((m) => [...(m.match(/"[^"]*"/g) ?? []), ...(m.replace(/\$\{[^}]*\}/g, " ").match(/`[^`]*`/g) ?? [])]);
  return quoted.flatMap((m) => m.match(/[a-z][a-z-]+/g) ?? []);
}

it("finds the features", () => {
  expect(FEATURES.length).toBeGreaterThan(10);
  expect(styled("shared").size).toBeGreaterThan(50);
  expect(classes('<p className="a-b c-d"> <p className={x === "j-k" ? "e-f" : `g-h i-${y.j}`}>')).toEqual(["a-b", "c-d", "e-f", "g-h", "i-"]);
});

it("has no circles between features", () => {
  const uses = new Map(FEATURES.map((f) => [f, new Set([...sources(`features/${f}`).matchAll(/from "\.\.\/([a-z_]+)\//g)].map((m) => m[1] ?? ""))]));
  const reach = (from: string, seen: Set<string>): Set<string> => {
    for (const next of uses.get(from) ?? []) {
      if (!seen.has(next)) reach(next, seen.add(next));
    }
    return seen;
  };
  expect(FEATURES.filter((f) => reach(f, new Set()).has(f))).toEqual([]);
});

it("styles each class where it is used: in the feature itself, or in shared", () => {
  const shared = styled("shared");
  const own = new Map(FEATURES.map((f) => [f, styled(`features/${f}`)]));
  const strangers = FEATURES.flatMap((f) =>
    classes(sources(`features/${f}`))
      .filter((c) => !shared.has(c) && own.get(f)?.has(c) !== true)
      .flatMap((c) => FEATURES.filter((other) => own.get(other)?.has(c)).map((other) => `${f} uses .${c} of ${other}`)),
  );
  expect([...new Set(strangers)]).toEqual([]);
});

it("has the texts of each feature in the catalogue, or with the page that is fetched when it is opened", () => {
  const catalogue = text("shared/i18n", /catalogue\.ts$/);
  const own = (f: string): boolean => text(`features/${f}`, /(own_texts|hooks)\.ts$/).match(/from "\.\/((words|own)\/)?texts"/) !== null;
  expect(FEATURES.filter((f) => text(`features/${f}`, /texts\.ts$/) !== "" && !own(f) && !catalogue.includes(`features/${f}/texts"`))).toEqual([]);
});
