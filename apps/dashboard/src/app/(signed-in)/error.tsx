"use client";
import { ErrorState } from "../../components/states.tsx";

/** When a page fails; the frame around it stays. */
export default function PageError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return <ErrorState error={error} onRetry={reset} />;
}
