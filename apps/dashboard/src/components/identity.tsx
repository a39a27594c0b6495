"use client";
import { createContext, type ReactNode, useContext } from "react";
import type { Identity } from "../server/session/identity.ts";

const IdentityContext = createContext<Identity>({ userId: "", email: "", role: null });

/** Who is signed in: for what a page offers. What is allowed is decided by the server. */
export function useIdentity(): Identity {
  return useContext(IdentityContext);
}

/** Gives the identity to the components inside. */
export function IdentityProvider({ identity, children }: { identity: Identity; children: ReactNode }) {
  return <IdentityContext value={identity}>{children}</IdentityContext>;
}
