import { expect, test } from "vitest";
import { auditFilter } from "../server/audit-filter.ts";
import { type AuditFilter, auditFilterFrom, auditFilterToSearch } from "./audit-filter.ts";

const full: Required<AuditFilter> = {
  since: "2026-03-09T00:00:00.000Z",
  until: "2026-03-10T00:00:00+01:00",
  actor: "pilab-retention",
  action: "capture.restored",
  objectType: "capture",
  objectId: "7 & more",
  deviceId: "0198c0de-0000-7000-8000-000000000001",
  correlationId: "9f0c7f0e-6a7b-4c1e-9d55-0d3b5f1d2c3a",
};

test("a filter comes back from the address it was written to, and a call takes it", () => {
  expect(auditFilterFrom(auditFilterToSearch(full))).toEqual(full);
  expect(auditFilter.parse(full)).toEqual(full);
  expect(auditFilterToSearch({ actor: "", action: undefined }).toString()).toBe("");
});

test.each([
  "since=yesterday",
  "until=2026-13-45T00:00:00Z",
  "actor=%20",
  "deviceId=me",
  "correlationId=0198c0de-0000-0000-0000-000000000001",
  "colour=red",
])("%s is left out instead of breaking the page", (search) => {
  expect(auditFilterFrom(new URLSearchParams(search))).toEqual({});
});
