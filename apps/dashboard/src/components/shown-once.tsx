"use client";
import { Button, Code, CopyButton, Group, Stack } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload } from "@tabler/icons-react";
import classes from "./shown-once.module.css";

/** A secret that is nowhere else: to be copied, or kept as a file. */
export function ShownOnce({ label, text, fileName }: { label: string; text: string; fileName?: string }) {
  return (
    <Stack gap="xs">
      <Code block className={classes.secret} role="group" aria-label={label} tabIndex={0}>
        {text}
      </Code>
      <Group gap="xs">
        {fileName !== undefined && (
          <Button
            component="a"
            href={`data:application/json;charset=utf-8,${encodeURIComponent(text)}`}
            download={fileName}
            size="xs"
            leftSection={<IconDownload size={16} />}
          >
            Download {fileName}
          </Button>
        )}
        {/* Browsers let a page write to the clipboard by https and on this machine alone; elsewhere a click selects it all. */}
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              variant="default"
              leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
              onClick={copy}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}
