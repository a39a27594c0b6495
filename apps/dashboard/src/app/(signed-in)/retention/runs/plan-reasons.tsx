"use client";
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import type { RetentionPlanRecord } from "@pilab/schema";
import { countText } from "@pilab/storage-core/words";
import Link from "next/link";
import { formatBytes, formatCount } from "../../../../components/format.ts";
import { Time } from "../../../../components/time.tsx";
import classes from "./plan-reasons.module.css";

/** What a plan removes, policy by policy, with the reasons and a few of the captures. */
export function PlanReasons({ plan }: { plan: RetentionPlanRecord }) {
  const removing = plan.by_policy.filter(({ removed_files }) => removed_files > 0);
  const kept = plan.by_policy.reduce((sum, one) => sum + one.live_files - one.removed_files, 0);
  const held = plan.by_policy.reduce((sum, one) => sum + one.held_files, 0);
  const uncovered = plan.by_policy.find(({ sentence }) => sentence === null)?.live_files ?? 0;
  return (
    <Stack gap="md" component="section" aria-label="Reasons">
      <Title order={2} size="h4">
        What goes, and why
      </Title>
      {removing.length === 0 && <Text>Nothing: every policy keeps all that it covers.</Text>}
      {removing.map(({ policy_id, sentence, removed_files, removed_bytes, live_files }) => (
        <Card withBorder padding="md" key={policy_id}>
          <Text fw={550}>{sentence}</Text>
          <Text size="sm" c="dimmed" mb="sm">
            {formatCount(removed_files)} of its {countText(live_files, "capture")},{" "}
            {formatBytes(removed_bytes)}
          </Text>
          <Stack gap="md">
            {plan.by_reason
              .filter((reason) => reason.policy_id === policy_id)
              .map(({ codes, words, files, bytes, examples }) => (
                <div key={codes.join()}>
                  <Text size="sm">
                    <b>
                      {countText(files, "capture")}, {formatBytes(bytes)}
                    </b>
                    : {words.join("; ")}
                  </Text>
                  <Group gap="sm" mt={6}>
                    {examples.map(({ id, object_path, captured_at }) => (
                      <Link
                        key={id}
                        href={`/captures?capture=${id}`}
                        className={classes.example}
                        title={object_path}
                      >
                        <img
                          src={`/api/thumbnails/${id}`}
                          alt={object_path}
                          width={96}
                          height={72}
                          loading="lazy"
                        />
                        <Text span size="xs" c="dimmed">
                          <Time at={captured_at} />
                        </Text>
                      </Link>
                    ))}
                    {files > examples.length && (
                      <Text size="sm" c="dimmed">
                        and {formatCount(files - examples.length)} more
                      </Text>
                    )}
                  </Group>
                </div>
              ))}
          </Stack>
        </Card>
      ))}
      <Text size="sm" c="dimmed">
        Kept: {countText(kept, "capture")}
        {held > 0 && `, ${formatCount(held)} of them only for their pins`}
        {uncovered > 0 && `, ${formatCount(uncovered)} that no policy covers`}.
      </Text>
    </Stack>
  );
}
