"use client";
import { Accordion, AccordionControl, AccordionItem, AccordionPanel } from "@mantine/core";
import type { Capture } from "@pilab/storage-core";
import type { ReactNode } from "react";
import { formatCount } from "../../../components/format.ts";
import { Bytes } from "../../../components/numbers.tsx";
import { Time } from "../../../components/time.tsx";
import classes from "./capture-detail.module.css";

const SOURCES: Record<Capture["captured_at_source"], string> = {
  caller: "said by the program that uploaded it",
  exif: "from the picture's EXIF",
  sidecar: "from the file beside the picture",
  filename: "from the file's name",
  mtime: "from the file's own time",
};

/** All that is known of a capture. */
export function CaptureFacts({ capture, deviceName }: { capture: Capture; deviceName: string }) {
  const { note, ...metadata } = capture.metadata;
  const facts: [string, ReactNode][] = [
    ["Device", deviceName],
    ["Series", capture.series],
    ["Shot type", capture.shot_type],
    ["Note", typeof note === "string" ? note : undefined],
    [
      "Taken",
      <>
        <Time at={capture.captured_at} />, {SOURCES[capture.captured_at_source]}
        {!capture.captured_at_trusted && " (uncertain: the Pi's clock was not set)"}
      </>,
    ],
    ["Received", <Time key="t" at={capture.created_at} />],
    ["Seen again", capture.repeat_count > 0 ? repeats(capture) : undefined],
    ["Pinned", capture.pinned_at && <Time at={capture.pinned_at} />],
    ["In the trash", capture.deleted_at && inTrash(capture)],
    ["Removed", capture.purged_at && <Time at={capture.purged_at} />],
    ["Size", <Bytes key="b" value={capture.size_bytes} />],
    ["Pixels", capture.width && capture.height && `${capture.width} × ${capture.height}`],
    ["Type", capture.content_type],
    ["Sharpness", measure(capture.sharpness)],
    ["Brightness", measure(capture.brightness)],
    ["Contrast", measure(capture.contrast)],
    ["File", capture.file_name],
    ["Path", <Mono key="p">{`${capture.bucket_id}/${capture.object_path}`}</Mono>],
    ["SHA-256", <Mono key="h">{capture.sha256}</Mono>],
  ];
  return (
    <>
      <Facts facts={facts} />
      <Accordion variant="separated" multiple>
        <More name="EXIF" values={capture.exif} />
        <More name="Metadata" values={metadata} />
      </Accordion>
    </>
  );
}

function Facts({ facts }: { facts: readonly [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value != null && value !== "" && value !== false)
        .map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function More({ name, values }: { name: string; values: Record<string, unknown> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return (
    <AccordionItem value={name}>
      <AccordionControl>
        {name} ({formatCount(entries.length)})
      </AccordionControl>
      <AccordionPanel>
        <Facts
          facts={entries.map(([key, value]) => [
            key,
            <Mono key={key}>{typeof value === "string" ? value : JSON.stringify(value)}</Mono>,
          ])}
        />
      </AccordionPanel>
    </AccordionItem>
  );
}

function Mono({ children }: { children: ReactNode }) {
  return <span className={classes.mono}>{children}</span>;
}

function measure(value: number | null): string | undefined {
  return value?.toFixed(2);
}

function repeats({ repeat_count, last_repeated_at }: Capture): ReactNode {
  return (
    <>
      {formatCount(repeat_count)} {repeat_count === 1 ? "time" : "times"}, the same bytes: the camera may be
      stuck
      {last_repeated_at !== null && (
        <>
          ; last <Time at={last_repeated_at} />
        </>
      )}
    </>
  );
}

function inTrash({ deleted_at, delete_reason }: Capture): ReactNode {
  return (
    <>
      since <Time at={deleted_at as string} />
      {delete_reason !== null && `, ${delete_reason.replaceAll("_", " ")}`}
    </>
  );
}
