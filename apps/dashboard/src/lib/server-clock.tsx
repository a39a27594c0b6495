"use client";
import { type ReactNode, useState } from "react";

/** An HTTP date tells whole seconds, and an answer takes its time: a smaller difference is no news. */
const TOLERANCE_MS = 2000;
const HALF_SECOND_MS = 500;

let aheadMs = 0;

/** The server's time of day: a browser's clock may be an hour off, and what is shown was stamped by servers. */
export function serverNow(): number {
  return Date.now() + aheadMs;
}

/** A moment of this browser's clock by the server's. */
export function byServer(browserMs: number): number {
  return browserMs + aheadMs;
}

/** A moment of the server's clock by this browser's. */
export function byBrowser(serverMs: number): number {
  return serverMs - aheadMs;
}

/** As `fetch`; notes what the answer says of the server's clock. */
export async function fetchWithClock(...request: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(...request);
  const date = Date.parse(answer.headers.get("date") ?? "");
  if (!Number.isNaN(date)) learn(date + HALF_SECOND_MS);
  return answer;
}

/** Sets the clock by that of the server that rendered the page, before anything inside shows an age. */
export function ServerClock({ nowMs, children }: { nowMs: number; children: ReactNode }) {
  useState(() => learn(nowMs));
  return children;
}

/** On the server both clocks are one. */
function learn(serverMs: number): void {
  if (typeof window === "undefined") return;
  const found = serverMs - Date.now();
  if (Math.abs(found - aheadMs) > TOLERANCE_MS) aheadMs = found;
}
