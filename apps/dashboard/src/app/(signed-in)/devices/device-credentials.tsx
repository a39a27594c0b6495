"use client";
import { Anchor, Code, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { Note } from "../../../components/note.tsx";
import { ShownOnce } from "../../../components/shown-once.tsx";
import classes from "./devices.module.css";

/** What `pilab-uploader` reads to sign in as one device. */
interface CredentialsFile {
  readonly url: string;
  readonly anonKey: string;
  readonly bucket: string;
  readonly email: string;
  readonly password: string;
}

/** A device's credentials, this once, and what to do with them on the Pi. */
export function DeviceCredentials({
  slug,
  intervalS,
  file,
  renewed = false,
}: {
  slug: string;
  /** Between two pictures. */
  intervalS: number;
  file: CredentialsFile;
  /** In place of others, which are dead. */
  renewed?: boolean;
}) {
  const [url, setUrl] = useState(() => addressForPi(file.url, window.location.hostname));
  const name = `${slug}.json`;
  const text = JSON.stringify({ ...file, url: url.trim().replace(/\/+$/, "") }, null, 2);
  return (
    <Stack>
      <Note tone="warning" icon={<IconAlertTriangle />} title="Shown this once">
        <Text size="sm">
          The password is stored nowhere that can be read. Keep this file until the Pi has it; if it gets
          lost, give the device new credentials.
        </Text>
      </Note>
      <TextInput
        label="Address of Supabase, as the Pi reaches it"
        value={url}
        onChange={({ currentTarget: { value } }) => setUrl(value)}
        error={
          isLoopback(url) && "This leads the Pi to itself: write this machine's name or address instead."
        }
        description={
          isLoopback(file.url)
            ? "The dashboard reaches it on its own machine. For a Pi local-supabase must listen to the network: pilab-local start --host 0.0.0.0."
            : undefined
        }
      />
      <ShownOnce label={`Credentials of ${slug}`} text={text} fileName={name} />
      <Text fw={600}>Then, on the Pi</Text>
      <ol className={classes.steps}>
        <li>
          <Text size="sm">Bring the file there, and make it yours alone:</Text>
          <Code
            block
            className={classes.command}
          >{`scp ${name} you@${slug}.local:\nssh you@${slug}.local\nchmod 600 ${name}`}</Code>
        </li>
        <li>
          <Text size="sm">Ask whether all is well: clock, disk, network, sign-in, the right to upload:</Text>
          <Code block className={classes.command}>{`pilab-uploader doctor --credentials ${name}`}</Code>
        </li>
        <li>
          <Text size="sm">
            {renewed
              ? "Give it to the agent that is installed, by the same line as before:"
              : `Start the agent and the camera, here with a picture every ${intervalS} seconds:`}
          </Text>
          <Code block className={classes.command}>
            {`sudo pilab-uploader install --credentials ~/${name} --capture ${intervalS} -- rpicam-still -n --immediate -o {file}`}
          </Code>
        </li>
      </ol>
      <Text size="sm" c="dimmed">
        docs/pi.md tells how to set up a Pi from the card on, and of other cameras. Its pictures appear on{" "}
        <Anchor href={`/devices/${slug}`} target="_blank" rel="noreferrer" inherit>
          the device's page
        </Anchor>{" "}
        by themselves.
      </Text>
    </Stack>
  );
}

/** The host by which the browser came is a better guess than the server's own loopback. */
function addressForPi(url: string, browserHost: string): string {
  if (!isLoopback(url) || isLoopback(`http://${browserHost}`)) return url;
  const address = new URL(url);
  address.hostname = browserHost;
  return address.origin;
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
