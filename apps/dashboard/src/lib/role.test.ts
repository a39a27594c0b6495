import type { PersonRole } from "@pilab/storage-core";
import { expect, expectTypeOf, test } from "vitest";
import { mayAct, ROLES, type Role, roleOf } from "./role.ts";

test("a role may what it and those before it may; nobody else may anything", () => {
  expectTypeOf<Role>().toEqualTypeOf<PersonRole>();
  const may = (role: Role | null) => ROLES.filter((needed) => mayAct(role, needed));
  expect(ROLES.map(may)).toEqual([["viewer"], ["viewer", "operator"], ["viewer", "operator", "admin"]]);
  expect(may(null)).toEqual([]);
  expect([roleOf("admin"), roleOf("owner"), roleOf(undefined)]).toEqual(["admin", null, null]);
});
