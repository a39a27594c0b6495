const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"];

/** "10 GB", "1.5 TB", "999 bytes": decimal units, as disks and bills count. */
export function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = (bytes / 1000 ** power).toLocaleString("en-US", { maximumFractionDigits: 1 });
  return `${value} ${UNITS[power]}`;
}

/** "1 day", "30 days", "1,000 captures"; without a unit only the number. */
export function countText(count: number, unit?: string): string {
  const number = count.toLocaleString("en-US");
  return unit === undefined ? number : `${number} ${unit}${count === 1 ? "" : "s"}`;
}
