"use client";
import { useState } from "react";

/** Which of the rows that are shown are selected; what is no longer shown is not. */
export function useSelection(shown: readonly string[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const selected = shown.filter((id) => chosen.has(id));
  return {
    selected,
    isAll: shown.length > 0 && selected.length === shown.length,
    has: (id: string) => chosen.has(id),
    toggle: (id: string) =>
      setChosen((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    setAll: (all: boolean) => setChosen(new Set(all ? shown : [])),
  };
}

/** See {@link useSelection}. */
export type Selection = ReturnType<typeof useSelection>;
