/** Texts that other pages need, too; those of the page itself come with it (words/). */

export const vi = {
  "nav.periodic": "Báo cáo định kỳ",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.periodic": "Periodic report",
};
