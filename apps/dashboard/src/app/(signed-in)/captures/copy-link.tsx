"use client";
import { Button, CopyButton } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";

/** A path of the dashboard's, to be given to others: with the address that this browser came by. */
export function CopyLink({ path }: { path: string }) {
  const link = new URL(path, location.origin).href;
  const icon = <IconLink size={16} />;
  // Browsers let a page write to the clipboard by https and on this machine alone.
  if (!("clipboard" in navigator)) {
    return (
      <Button component="a" href={link} target="_blank" size="xs" variant="light" leftSection={icon}>
        Open the link, works for an hour
      </Button>
    );
  }
  return (
    <CopyButton value={link}>
      {({ copied, copy }) => (
        <Button size="xs" variant="light" leftSection={icon} onClick={copy}>
          {copied ? "Copied, works for an hour" : "Copy the link"}
        </Button>
      )}
    </CopyButton>
  );
}
