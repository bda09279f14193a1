import js from "@eslint/js";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

/** Who may import whom. Texts are leaves, which shared/i18n gathers from everywhere. */
const LAYERS = [
  { target: "./src/shared/!(i18n)/**/*", from: ["./src/features", "./src/app"], message: "shared/ knows no feature and no shell" },
  { target: "./src/features", from: "./src/app", message: "a feature does not know the shell" },
];

/** A store compares what a selector returns with what it returned before: a list made anew renders for ever. */
const SELECTOR = "CallExpression[callee.name=/^use(Live|Layout|Focus|Talk|Outbox|Layers|Drawing|Trend|Floor|Dialogs)$/] > ArrowFunctionExpression";
const MADE = ":matches(ArrayExpression, ObjectExpression, CallExpression[callee.property.name=/^(map|filter|slice|flatMap|toSorted)$/])";
const SELECTED_ANEW = { selector: `${SELECTOR} > ${MADE}, ${SELECTOR} > LogicalExpression > ${MADE}`, message: "select what the store holds, and make the list outside" };

export default defineConfig(
  { ignores: ["node_modules", "**/generated/**"] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  reactHooks.configs.flat.recommended,
  jsxA11y.flatConfigs.recommended,
  { rules: { "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: true }] } }, // only the log-in form: nothing else is on its page
  {
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname } },
    settings: {
      "import-x/extensions": [".ts", ".tsx"],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx"] })],
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-restricted-syntax": ["error", SELECTED_ANEW],
      "max-lines": ["error", { max: 400 }],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { zones: LAYERS }],
      "import-x/first": "error",
      "import-x/no-duplicates": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  // Texts are leaves: whoever gathers them gets nothing else with them.
  { files: ["**/texts.ts"], ignores: ["src/shared/i18n/texts.ts"], rules: { "no-restricted-syntax": ["error", { selector: "ImportDeclaration", message: "texts import nothing" }] } },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
);
