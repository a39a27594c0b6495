/** Captures a page of the gallery: two to four screens. */
export const PAGE_SIZE = 120;
