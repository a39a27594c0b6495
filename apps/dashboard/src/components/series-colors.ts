/** Colours of the series of charts. They are told apart with any colour vision, as series-colors.test.ts reckons. */
export const SERIES_COLORS = {
  uploaded: "teal.7",
  duplicates: "blue.4",
  failed: "orange.7",
  stored: "blue.6",
  live: "teal.7",
} as const;
