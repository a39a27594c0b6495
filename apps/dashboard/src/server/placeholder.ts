/** Stands where a picture should be and its object is gone. */
export const PLACEHOLDER = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240" viewBox="0 0 320 240" role="img" aria-label="The picture is missing in the storage">
<rect width="320" height="240" fill="#868e96"/><g fill="none" stroke="#f1f3f5" stroke-width="6" stroke-linecap="round" stroke-linejoin="round">
<path d="M112 76h96a10 10 0 0 1 10 10v68M204 164h-92a10 10 0 0 1-10-10V86M102 146l28-28 22 22 10-10M98 62l124 124"/></g>
<text x="160" y="214" fill="#f8f9fa" font-family="sans-serif" font-size="16" text-anchor="middle">missing in the storage</text></svg>`;
