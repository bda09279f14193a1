/** Texts of the replay. */

export const vi = {
  "nav.replay": "Xem lại",
};

export const en: Record<keyof typeof vi, string> = {
  "nav.replay": "Replay",
};
