"use client";
import { NumberInput, Select, TextInput } from "@mantine/core";
import { formatDuration } from "../../../components/format.ts";

/** What people set of a device, as fields of a form have it. */
export interface DeviceForm {
  readonly name: string;
  readonly time_zone: string;
  /** "" = none. */
  readonly interval: number | "";
  readonly series: string;
  readonly shot_type: string;
}

/** The fields that a new device and a device's settings share. */
export function DeviceFields({
  form,
  onChange,
  admin,
}: {
  form: DeviceForm;
  onChange: (form: DeviceForm) => void;
  /** Series and shot type are an admin's. */
  admin: boolean;
}) {
  const set = (fields: Partial<DeviceForm>) => onChange({ ...form, ...fields });
  return (
    <>
      <TextInput
        label="Name"
        description="What people call it; may change at any time"
        value={form.name}
        maxLength={200}
        onChange={({ currentTarget: { value } }) => set({ name: value })}
      />
      <Select
        label="Time zone"
        description="Of the camera's clock, for pictures whose time names none"
        searchable
        allowDeselect={false}
        value={form.time_zone}
        onChange={(value) => set({ time_zone: value ?? "UTC" })}
        data={zones(form.time_zone)}
        limit={100}
      />
      <NumberInput
        label="A picture is due every … seconds"
        description={
          form.interval === ""
            ? "Empty: nothing is expected, so it is never late"
            : `Every ${formatDuration(form.interval * 1000)}; late after three of them, ten minutes at least`
        }
        value={form.interval}
        min={1}
        max={31_622_400}
        allowDecimal={false}
        onChange={(value) => set({ interval: typeof value === "number" ? value : "" })}
      />
      {admin && (
        <>
          <TextInput
            label="Series"
            description="Of its pictures, where neither a sidecar nor a person says another"
            value={form.series}
            maxLength={200}
            onChange={({ currentTarget: { value } }) => set({ series: value })}
          />
          <TextInput
            label="Shot type"
            description="Such as macro or timelapse; as the series"
            value={form.shot_type}
            maxLength={200}
            onChange={({ currentTarget: { value } }) => set({ shot_type: value })}
          />
        </>
      )}
    </>
  );
}

function zones(current: string): string[] {
  return [...new Set(["UTC", current, ...Intl.supportedValuesOf("timeZone")])];
}
