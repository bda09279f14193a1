/** What comes when somebody reads English; vite.config.ts keeps it apart from what the first page loads. */

export { en } from "./catalogue";
export { codesEn } from "./codes_en";
