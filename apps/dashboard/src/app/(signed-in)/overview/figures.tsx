"use client";
import { SimpleGrid, Text } from "@mantine/core";
import type { Overview } from "@pilab/storage-core";
import { needsOf } from "@pilab/storage-core/words";
import { Figure } from "../../../components/figure.tsx";
import { formatBytes, formatCount, formatShare } from "../../../components/format.ts";
import { Bytes, Count } from "../../../components/numbers.tsx";
import { Age } from "../../../components/time.tsx";
import { useWorkerStatus } from "../../../components/worker-notice.tsx";
import classes from "./tiles.module.css";

/** A lab whose uploads fail more often than this asks for attention. */
const RATE_WANTED = 0.99;
const NEARLY_FULL = 0.85;

/** The numbers at the top: how much, how well, how full, what is wrong. */
export function Figures({ data }: { data: Overview }) {
  const worker = useWorkerStatus();
  const { usage, uploads, success_rate, alerts, growth } = data;
  const sums = uploads.reduce(
    (sum, step) => ({
      ok: sum.ok + step.ok,
      failed: sum.failed + step.failed,
      duplicate: sum.duplicate + step.duplicate,
    }),
    { ok: 0, failed: 0, duplicate: 0 },
  );
  const share = usage.quota_bytes === null ? null : usage.stored.bytes / usage.quota_bytes;
  const open = alerts.critical + alerts.warning + alerts.info;
  return (
    <SimpleGrid cols={{ base: 2, md: 3, lg: 5 }} spacing={{ base: "xs", sm: "md" }}>
      <div className={classes.first}>
        <Figure
          label="Open alerts"
          href="/alerts"
          value={<Count value={open} />}
          tone={alerts.critical > 0 ? "critical" : alerts.warning > 0 ? "warning" : undefined}
        >
          {open > 0 ? alertWords(alerts) : noneWords(worker?.alive, data.devices)}
          {alerts.acknowledged > 0 && `, ${alerts.acknowledged} taken on`}
        </Figure>
      </div>
      <Figure label="Captures stored" value={<Count value={usage.stored.files} />}>
        <Bytes value={usage.stored.bytes} />
        {usage.trashed.files > 0 && `; ${formatCount(usage.trashed.files)} in the trash`}
      </Figure>
      <Figure label="Uploaded in 24 hours" value={<Count value={sums.ok} />}>
        {formatCount(sums.failed)} failed, {formatCount(sums.duplicate)} duplicates
      </Figure>
      <Figure
        label="Success rate, 24 hours"
        value={success_rate === null ? "–" : formatShare(success_rate)}
        tone={success_rate !== null && success_rate < RATE_WANTED ? "warning" : undefined}
      >
        {success_rate === null
          ? "No uploads in that time"
          : `of ${formatCount(sums.ok + sums.failed)} uploads`}
      </Figure>
      <Figure
        label="Storage used"
        value={share === null ? formatBytes(usage.stored.bytes) : formatShare(share)}
        tone={share !== null && share > NEARLY_FULL ? "critical" : undefined}
      >
        {usage.quota_bytes === null ? "No quota is set" : `of ${formatBytes(usage.quota_bytes)}`}
        {data.full_at !== null && (
          <>
            , full <Age at={data.full_at} />
          </>
        )}
        {growth.bytes_per_day > 0 && (
          <Text span display="block" inherit>
            {formatBytes(growth.bytes_per_day)} a day lately
          </Text>
        )}
      </Figure>
    </SimpleGrid>
  );
}

function alertWords({ critical, warning, info }: Overview["alerts"]): string {
  const words = [critical && `${critical} critical`, warning && `${warning} warning`, info && `${info} info`];
  return words.filter(Boolean).join(", ");
}

/** Alerts are opened by the worker, some after a while: that none is open says nothing without one, and little at once. */
function noneWords(workerIsAlive: boolean | undefined, devices: Overview["devices"]): string {
  if (workerIsAlive === false) return "Nobody looks: no worker is running";
  const isCalm = workerIsAlive === true && devices.every((device) => needsOf(device).length === 0);
  return isCalm ? "Nothing needs you" : "None is open";
}
