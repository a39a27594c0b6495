"use client";
import { type ComponentProps, useEffect, useRef, useState } from "react";

const AGAIN_MS = 15_000;

/** A capture's small picture. One that could not be loaded is asked for again, as long as it is on the screen. */
export function Thumbnail({
  id,
  ...rest
}: { id: string } & Omit<ComponentProps<"img">, "src" | "ref" | "id">) {
  const [attempt, setAttempt] = useState(0);
  const [failed, setFailed] = useState(false);
  const ref = useRef<HTMLImageElement>(null);

  useEffect(() => {
    // One that failed before the page's script was there told nobody.
    if (ref.current?.complete && ref.current.naturalWidth === 0) setFailed(true);
  }, []);
  useEffect(() => {
    if (!failed) return;
    const timer = setTimeout(() => {
      setFailed(false);
      setAttempt((before) => before + 1);
    }, AGAIN_MS);
    return () => clearTimeout(timer);
  }, [failed]);

  return (
    // biome-ignore lint/a11y/useAltText: whoever uses it gives the words
    <img
      {...rest}
      key={attempt}
      ref={ref}
      src={`/api/thumbnails/${id}`}
      loading="lazy"
      style={failed ? { visibility: "hidden" } : undefined}
      onError={() => setFailed(true)}
    />
  );
}
