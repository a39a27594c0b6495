import { expect, it } from "vitest";
import { createUndoStack } from "./undo.ts";

it("undoes the last step first, all of them though one fails, and only once", async () => {
  const done: string[] = [];
  const stack = createUndoStack();
  stack.add(() => done.push("first"));
  stack.add(() => {
    throw new Error("stuck");
  });
  stack.add(async () => done.push("last"));
  await expect(stack.run()).rejects.toMatchObject({ errors: [new Error("stuck")] });
  await stack.run().catch(() => {});
  expect(done).toEqual(["last", "first"]);
});
