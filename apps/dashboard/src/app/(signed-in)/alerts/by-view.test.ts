import type { AlertRow } from "@pilab/schema";
import { expect, test } from "vitest";
import { byView } from "./by-view.ts";

const alert = (fields: Partial<AlertRow>) =>
  ({
    state: "open",
    severity: "warning",
    opened_at: "2026-03-01T00:00:00Z",
    silenced_until: null,
    ...fields,
  }) as AlertRow;

test("each alert stands in one list, a silence before all else and only until it ends, the worst and newest first", () => {
  const nowMs = Date.parse("2026-03-09T12:00:00Z");
  const lists = byView(
    [
      alert({ id: "info", severity: "info" }),
      alert({ id: "older" }),
      alert({ id: "newer", opened_at: "2026-03-02T00:00:00Z" }),
      alert({ id: "critical", severity: "critical" }),
      alert({ id: "taken on", state: "acknowledged" }),
      alert({ id: "silenced", state: "acknowledged", silenced_until: "2026-03-09T12:00:01Z" }),
      alert({
        id: "silence over",
        severity: "info",
        silenced_until: "2026-03-09T12:00:00Z",
        opened_at: "2026-02-01T00:00:00Z",
      }),
    ],
    nowMs,
  );
  const ids = (list: AlertRow[]) => list.map(({ id }) => id);
  expect(ids(lists.open)).toEqual(["critical", "newer", "older", "info", "silence over"]);
  expect(ids(lists.acknowledged)).toEqual(["taken on"]);
  expect(ids(lists.silenced)).toEqual(["silenced"]);
});
