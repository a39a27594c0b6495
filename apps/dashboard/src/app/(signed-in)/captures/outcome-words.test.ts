import { expect, test } from "vitest";
import { outcomeWords } from "./outcome-words.ts";

test("a change of many says what was done, what was so already, and why the rest was refused", () => {
  const row = (outcome: "changed" | "unchanged" | "refused", reason: "pinned" | "purged" | null = null) => ({
    ...{ id: "0198c0de-0000-7000-8000-000000000001", outcome, reason },
  });
  expect(outcomeWords("Moved to the trash", [row("changed"), row("changed")])).toEqual({
    message: "Moved to the trash: 2",
    refused: false,
  });
  expect(
    outcomeWords("Moved to the trash", [
      row("changed"),
      row("unchanged"),
      row("refused", "pinned"),
      row("refused", "pinned"),
      row("refused", "purged"),
    ]),
  ).toEqual({
    message:
      "Moved to the trash: 1, already so: 1, refused: 3 (pinned, which keeps them from the trash; removed for good)",
    refused: true,
  });
});
