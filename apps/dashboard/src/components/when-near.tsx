"use client";
import { Skeleton } from "@mantine/core";
import { type ReactNode, Suspense, startTransition, useEffect, useRef, useState } from "react";

/** How far below the screen, or above it, counts as near: drawn by the time it is reached. */
const MARGIN = "300px 0px";

/** Keeps the place of what is costly to draw, and draws it, with its script, when it comes near the screen; then it stays. */
export function WhenNear({ height, children }: { height: number; children: ReactNode }) {
  const [near, setNear] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (near || !ref.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) startTransition(() => setNear(true));
      },
      { rootMargin: MARGIN },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [near]);
  const place = <Skeleton height={height} />;
  return (
    <div ref={ref} style={{ minHeight: height }}>
      {near ? <Suspense fallback={place}>{children}</Suspense> : place}
    </div>
  );
}
