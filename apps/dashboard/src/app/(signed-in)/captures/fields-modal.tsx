"use client";
import { Button, Checkbox, Group, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { formatCount } from "../../../components/format.ts";
import { useChangeCaptures } from "./use-change-captures.ts";

const FIELDS = [
  ["series", "Series", "The experiment's run that they belong to"],
  ["shotType", "Shot type", "Such as macro, timelapse, calibration"],
  ["note", "Note", "Kept with each of them"],
] as const;
type Field = (typeof FIELDS)[number][0];

/** Sets series, shot type and note of many. Only what is ticked is changed; ticked and empty takes it away. */
export function FieldsModal({
  opened,
  onClose,
  ids,
  onDone,
}: {
  opened: boolean;
  onClose: () => void;
  ids: string[];
  onDone: () => void;
}) {
  const change = useChangeCaptures();
  const [values, setValues] = useState<Partial<Record<Field, string>>>({});
  const [running, setRunning] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setRunning(true);
    const fields = Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, value.trim() === "" ? null : value.trim()]),
    );
    const done = await change.setFields({ ids, ...fields });
    setRunning(false);
    if (!done) return;
    setValues({});
    onClose();
    onDone();
  };

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={ids.length === 1 ? "Edit the capture" : `Edit ${formatCount(ids.length)} captures`}
      centered
    >
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Text size="sm" c="dimmed">
            What is ticked is set on all of them; ticked and left empty, it is taken away.
          </Text>
          {FIELDS.map(([field, label, description]) => {
            const Input = field === "note" ? Textarea : TextInput;
            const ticked = values[field] !== undefined;
            return (
              <Group key={field} align="flex-start" wrap="nowrap">
                <Checkbox
                  mt={30}
                  aria-label={`Set ${label}`}
                  checked={ticked}
                  onChange={({ currentTarget: { checked } }) => {
                    const { [field]: _, ...others } = values;
                    setValues(checked ? { ...others, [field]: "" } : others);
                  }}
                />
                <Input
                  style={{ flex: 1 }}
                  label={label}
                  description={description}
                  inputWrapperOrder={["label", "input", "description"]}
                  value={values[field] ?? ""}
                  onChange={({ currentTarget: { value } }) => setValues({ ...values, [field]: value })}
                  maxLength={field === "note" ? 2000 : 200}
                />
              </Group>
            );
          })}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={running} disabled={Object.keys(values).length === 0}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
