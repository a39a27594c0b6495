import { Code } from "@mantine/core";
import { IconCameraPlus } from "@tabler/icons-react";
import { EmptyState } from "../../../components/states.tsx";

/** A lab's first minute: there is no device yet. */
export function GettingStarted() {
  return (
    <EmptyState icon={<IconCameraPlus size={28} />} title="No device yet">
      An admin adds a Pi on the page Devices and gets its credentials; on the Pi, <Code>pilab-uploader</Code>{" "}
      is told them and its pictures appear here by themselves. To see it work without a Pi, run{" "}
      <Code>npm start</Code> in the project: its demo camera sends a picture every few seconds.
    </EmptyState>
  );
}
