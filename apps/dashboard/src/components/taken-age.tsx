"use client";
import { isAhead } from "../lib/is-ahead.ts";
import { formatTime, formatUtc } from "./format.ts";
import { Age, useZone } from "./time.tsx";

/** How long ago a capture was taken; where its clock was ahead, how long ago it arrived, and that the clock was wrong. */
export function TakenAge({ of: capture }: { of: { captured_at: string; created_at: string } }) {
  const { timeZone } = useZone();
  if (!isAhead(capture)) return <Age at={capture.captured_at} />;
  const said = new Date(capture.captured_at);
  return (
    <>
      <Age at={capture.created_at} />,{" "}
      <span
        title={`By its own clock it was taken ${formatTime(said, timeZone)} ${timeZone} · ${formatUtc(said)}`}
      >
        clock ahead
      </span>
    </>
  );
}
