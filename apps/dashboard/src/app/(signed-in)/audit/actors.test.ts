import { describe, expect, test } from "vitest";
import { actorChoices, actorNames, actorOf } from "./actors.ts";

const NAMES = {
  devices: { d1: "roof" },
  deviceAccounts: { u1: "roof" },
  people: { u3: "eve@lab.test", u2: "ada@lab.test" },
};

describe("actors of the audit log", () => {
  test("are offered by name, in groups and in order", () => {
    expect(actorChoices(NAMES)).toEqual([
      { group: "People", items: ["ada@lab.test", "eve@lab.test"] },
      { group: "Devices", items: ["roof"] },
      { group: "Programs", items: ["The retention worker"] },
    ]);
    expect(actorChoices(undefined)).toEqual([{ group: "Programs", items: ["The retention worker"] }]);
  });

  test.each([
    ["eve@lab.test", "u3"],
    ["roof", "u1"],
    ["The retention worker", "retention-worker"],
    ["root@server", "root@server"],
  ])("%s is looked for as %s, and shown by its name again", (text, actor) => {
    expect(actorOf(text, NAMES)).toBe(actor);
    expect(actorNames(NAMES)[actor] ?? actor).toBe(text);
  });
});
