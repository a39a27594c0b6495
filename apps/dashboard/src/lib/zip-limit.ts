/** Captures of one ZIP. */
export const MOST_ZIPPED = 5000;
