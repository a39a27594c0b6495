const HEAD = (words: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240" viewBox="0 0 320 240" role="img" aria-label="${words}">
<rect width="320" height="240" fill="#868e96"/><g fill="none" stroke="#f1f3f5" stroke-width="6" stroke-linecap="round" stroke-linejoin="round">`;

const FOOT = (words: string) => `</g>
<text x="160" y="214" fill="#f8f9fa" font-family="sans-serif" font-size="16" text-anchor="middle">${words}</text></svg>`;

/** Stands where a picture should be and its object is gone. */
export const PLACEHOLDER = `${HEAD("The picture is missing in the storage")}
<path d="M112 76h96a10 10 0 0 1 10 10v68M204 164h-92a10 10 0 0 1-10-10V86M102 146l28-28 22 22 10-10M98 62l124 124"/>${FOOT("missing in the storage")}`;

/** Stands for a capture that is no picture a page can show small, and has no thumbnail. */
export function typePlaceholder(contentType: string): string {
  if (contentType.startsWith("video/")) {
    return `${HEAD("A video")}<rect x="102" y="70" width="116" height="94" rx="10"/><path d="M146 96v42l36-21z"/>${FOOT("video")}`;
  }
  return `${HEAD("A raw picture")}<path d="M124 84h14l10-14h24l10 14h14a10 10 0 0 1 10 10v60a10 10 0 0 1-10 10h-72a10 10 0 0 1-10-10V94a10 10 0 0 1 10-10z"/><circle cx="160" cy="122" r="20"/>${FOOT("raw")}`;
}
