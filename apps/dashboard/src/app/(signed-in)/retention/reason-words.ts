const WORDS: Record<string, string> = {
  older_than_keep_days: "older than its policy keeps",
  beyond_keep_last: "not among the last that its policy keeps",
  thinned: "thinned: another of its time was kept",
  over_max_bytes: "its policy's captures were too many bytes",
};

/** Why a capture was moved to the trash: the codes of a run in words, or what a person wrote. */
export function reasonWords(reason: string | null): string {
  if (reason === null || reason === "") return "by hand, with no reason given";
  const words = reason.split(",").map((code) => WORDS[code]);
  return words.every((word) => word !== undefined) ? words.join("; ") : reason;
}
