"use client";
import { formatBytes, formatCount } from "./format.ts";

/** Bytes for people; the exact number on hover. */
export function Bytes({ value }: { value: number }) {
  return (
    <span className="tabular" title={`${formatCount(value)} bytes`}>
      {formatBytes(value)}
    </span>
  );
}

/** A count, in digits of one width. */
export function Count({ value }: { value: number }) {
  return <span className="tabular">{formatCount(value)}</span>;
}
