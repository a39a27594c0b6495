/** A span as people say it, in its largest unit: `12 min`, `3 h`, `2 days`. */
export function spanText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** A share as people say it; it rounds down, so that 89.96 % is not told as the 90 % that it misses. */
export function percentText(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
