"use client";
import { notifications } from "@mantine/notifications";
import { type QueryFilters, useQueryClient } from "@tanstack/react-query";
import { errorFacts } from "./error-facts.ts";

/** Runs a change, tells how it went, and has the pages read anew what it touched. Resolves to undefined when it failed. */
export function useAct(touched: readonly QueryFilters[]) {
  const queryClient = useQueryClient();
  return async function act<T>(done: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      if (done !== undefined) notifications.show({ message: done, color: "teal" });
      return result;
    } catch (error) {
      const { message, hint } = errorFacts(error);
      notifications.show({
        title: "Not done",
        message: [message, hint].filter(Boolean).join(" "),
        color: "red",
        autoClose: 10_000,
      });
      return undefined;
    } finally {
      await Promise.all(touched.map((filter) => queryClient.invalidateQueries(filter)));
    }
  };
}
