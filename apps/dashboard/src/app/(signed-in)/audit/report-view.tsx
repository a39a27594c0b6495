"use client";
import { Code, Stack, Text } from "@mantine/core";
import type { AuditReport } from "@pilab/schema";
import { countText } from "@pilab/storage-core/words";
import { IconAlertTriangle, IconShieldCheck } from "@tabler/icons-react";
import { formatCount } from "../../../components/format.ts";
import { Note } from "../../../components/note.tsx";

const FAULTS: Record<AuditReport["broken"][number]["reason"], string> = {
  seal_missing: "a seal is gone",
  seal_changed: "a seal was changed",
  rows_missing: "entries are gone",
  rows_added: "entries were added",
  rows_changed: "entries were changed",
  head_differs: "the chain was made anew before a head that is kept outside",
  head_missing: "the chain was cut short below a head that is kept outside",
};

/** What a check of the chain showed: what is sure, what is only consistent with itself, and what nothing vouches for yet. */
export function ReportView({ report }: { report: AuditReport }) {
  const { ok, seals, rows, heads, anchored, self_consistent, unsealed, broken, broken_total, head } = report;
  return (
    <Note
      tone={ok ? "ok" : "critical"}
      icon={ok ? <IconShieldCheck /> : <IconAlertTriangle />}
      title={ok ? "Nothing is broken" : `Broken in ${countText(broken_total, "place")}`}
    >
      <Stack gap={6}>
        <Text size="sm">
          {formatCount(rows)} {rows === 1 ? "entry" : "entries"} under {countText(seals, "seal")}, read and
          reckoned again.
          {report.database_agrees === false &&
            " The database's own check came to something else: look at the worker's log."}
        </Text>
        {broken.map(({ first_id, last_id, reason, seal }) => (
          <Text size="sm" key={`${seal} ${reason}`} fw={600}>
            Entries {first_id} to {last_id}: {FAULTS[reason]} (seal {seal}).
          </Text>
        ))}
        <Text size="sm">
          <b>Anchored: </b>
          {anchored
            ? `entries ${anchored.first_id} to ${anchored.last_id} are as they were written, by ${countText(heads.matched, "head")} kept outside the database.`
            : "none. No head that is kept outside reaches the chain, so who owns the database could have made it anew."}
        </Text>
        {self_consistent && (
          <Text size="sm">
            <b>Consistent with itself: </b>entries {self_consistent.first_id} to {self_consistent.last_id} are
            sealed; no head outside reaches them yet.
          </Text>
        )}
        {unsealed && (
          <Text size="sm">
            <b>Not sealed yet: </b>
            {formatCount(unsealed.rows)} from entry {unsealed.first_id} on. The worker seals them within
            minutes.
          </Text>
        )}
        {head && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            Head: seal {head.id}, <Code>{head.digest}</Code>. Keep it elsewhere.
          </Text>
        )}
      </Stack>
    </Note>
  );
}
