import type { AlertMessage } from "@pilab/schema";

/** A message on its way. */
export interface Letter {
  /** The same at each attempt: who gets it twice knows it by that. */
  readonly id: string;
  readonly kind: "alert" | "repeat" | "test";
  readonly message: AlertMessage;
}

/** Somewhere alerts are told, with all that is needed to tell them there. */
export interface Channel {
  /** One attempt, within {@link ATTEMPT_TIMEOUT_MS}. What it throws carries no secret. */
  send(letter: Letter, signal: AbortSignal): Promise<void>;
}

/** A service that takes longer has failed. */
export const ATTEMPT_TIMEOUT_MS = 10_000;
