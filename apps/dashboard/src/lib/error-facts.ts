import { TRPCClientError } from "@trpc/client";
import type { AppRouter } from "../server/root.ts";

/** An error in the words that a page shows. */
export interface ShownError {
  readonly message: string;
  readonly hint: string | undefined;
  readonly correlationId: string | undefined;
  readonly code: string;
}

/** Reads what the server said of an error; what is no answer of the server's is the way to it. */
export function errorFacts(error: unknown): ShownError {
  if (error instanceof TRPCClientError) {
    const facts = (error as TRPCClientError<AppRouter>).data?.pilab;
    if (facts) return { message: error.message, ...facts };
    return {
      code: "unreachable",
      message: "The dashboard does not answer.",
      hint: "It may be starting again, or your network is away. The page goes on by itself when it is back.",
      correlationId: undefined,
    };
  }
  return {
    code: "internal",
    message: "The page failed.",
    hint: "Try again; if it stays so, tell whoever runs the dashboard what you did.",
    correlationId: (error as { digest?: string } | null)?.digest,
  };
}
