"use client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import type { AppRouter } from "../server/root.ts";

/** The typed calls, in components: `const trpc = useTRPC(); useQuery(trpc.usage.get.queryOptions())`. */
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
