"use client";
import { Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, Switch } from "@mantine/core";
import type { Draft } from "../draft.ts";

const GB = 1e9;

/** What a policy keeps, and how long the rest can be brought back. */
export function RuleFields({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const set = (fields: Partial<Draft>) => onChange({ ...draft, ...fields });
  const number = (value: string | number) => (typeof value === "number" ? value : null);
  return (
    <Stack gap="lg">
      <Fieldset legend="What it keeps" variant="unstyled">
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
          <NumberInput
            label="For so many days"
            description="Since the server received it"
            placeholder="No limit of age"
            suffix=" days"
            min={1}
            max={36_500}
            allowDecimal={false}
            value={draft.keep_days ?? ""}
            onChange={(value) => set({ keep_days: number(value) })}
          />
          <NumberInput
            label="Always the last"
            description="Of each device and series, however old"
            placeholder="No such number"
            min={1}
            allowDecimal={false}
            thousandSeparator=","
            value={draft.keep_last ?? ""}
            onChange={(value) => set({ keep_last: number(value) })}
          />
          <NumberInput
            label="At most so much in all"
            description="Beyond it the oldest go"
            placeholder="No limit of bytes"
            suffix=" GB"
            min={0.001}
            decimalScale={3}
            thousandSeparator=","
            value={draft.max_bytes === null ? "" : draft.max_bytes / GB}
            onChange={(value) => {
              const gb = number(value);
              set({ max_bytes: gb === null || gb <= 0 ? null : Math.round(gb * GB) });
            }}
          />
          <NumberInput
            label="In the trash for"
            description="Can be restored meanwhile; 0: not at all"
            suffix=" days"
            min={0}
            max={36_500}
            allowDecimal={false}
            value={draft.grace_days ?? ""}
            onChange={(value) => set({ grace_days: number(value) })}
          />
        </SimpleGrid>
      </Fieldset>
      <div>
        <Switch
          label="Thin what is older: keep one of each hour, day or week"
          checked={draft.thin_every !== null}
          onChange={({ currentTarget: { checked } }) =>
            set(
              checked
                ? { thin_every: "hour", thin_after_days: 2, thin_keep: "sharpest" }
                : { thin_every: null, thin_after_days: null, thin_keep: null },
            )
          }
        />
        {draft.thin_every !== null && (
          <Group gap="sm" mt="sm" align="flex-end">
            <NumberInput
              label="After"
              suffix=" days"
              w={120}
              min={1}
              max={36_500}
              allowDecimal={false}
              value={draft.thin_after_days ?? ""}
              onChange={(value) => set({ thin_after_days: number(value) })}
            />
            <Select
              label="keep the"
              w={140}
              allowDeselect={false}
              data={["sharpest", "first"]}
              value={draft.thin_keep}
              onChange={(thin_keep) => set({ thin_keep: thin_keep as Draft["thin_keep"] })}
            />
            <Select
              label="of each"
              w={120}
              allowDeselect={false}
              data={["hour", "day", "week"]}
              value={draft.thin_every}
              onChange={(thin_every) => set({ thin_every: thin_every as Draft["thin_every"] })}
            />
          </Group>
        )}
      </div>
    </Stack>
  );
}
