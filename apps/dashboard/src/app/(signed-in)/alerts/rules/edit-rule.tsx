"use client";
import { Button, Group, Modal, NumberInput, Select, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { AlertRuleRow, Severity } from "@pilab/schema";
import { RULE_LABELS } from "@pilab/storage-core/words";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorState } from "../../../../components/states.tsx";
import { useTRPC } from "../../../../lib/trpc.ts";
import { faceOf, keptOf, shownOf } from "./rule-params.ts";

/** Severity and limits of a rule, in the units that people use. */
export function EditRule({ rule }: { rule: AlertRuleRow }) {
  const [opened, { open, close }] = useDisclosure(false);
  const title = RULE_LABELS[rule.key] ?? rule.key;
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open} aria-label={`Edit the rule ${title}`}>
        Edit
      </Button>
      <Modal opened={opened} onClose={close} title={title} centered>
        <RuleForm rule={rule} onDone={close} />
      </Modal>
    </>
  );
}

function RuleForm({ rule: { key, severity, params }, onDone }: { rule: AlertRuleRow; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [how, setHow] = useState<Severity>(severity);
  const [limits, setLimits] = useState<Record<string, number>>(params);
  const update = useMutation(
    trpc.alerts.rules.update.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.alerts.pathFilter());
        onDone();
      },
    }),
  );
  return (
    <Stack
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ key, change: { severity: how, params: limits } });
      }}
    >
      <Select
        label="Severity"
        allowDeselect={false}
        data={[
          { value: "info", label: "Info" },
          { value: "warning", label: "Warning" },
          { value: "critical", label: "Critical" },
        ]}
        value={how}
        onChange={(value) => setHow(value as Severity)}
      />
      {Object.keys(params).map((name) => {
        const { label, unit } = faceOf(name);
        return (
          <NumberInput
            key={name}
            label={label}
            suffix={unit}
            min={0}
            required
            withAsterisk={false}
            value={shownOf(name, limits[name] ?? 0)}
            onChange={(value) => {
              if (typeof value === "number") setLimits({ ...limits, [name]: keptOf(name, value) });
            }}
          />
        );
      })}
      {update.error && <ErrorState error={update.error} title="This was not done" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={update.isPending}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
