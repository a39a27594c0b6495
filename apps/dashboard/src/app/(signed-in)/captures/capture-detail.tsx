"use client";
import { ActionIcon, Box, Button, Group, Modal, ScrollArea, Stack, Title } from "@mantine/core";
import { useDisclosure, useHotkeys, useMediaQuery } from "@mantine/hooks";
import type { Capture } from "@pilab/storage-core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconLink,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconRestore,
} from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type CSSProperties, useDeferredValue } from "react";
import { useIdentity } from "../../../components/identity.tsx";
import { Loading, QueryView } from "../../../components/states.tsx";
import { useNow } from "../../../components/time.tsx";
import { live } from "../../../lib/live-meta.ts";
import { mayAct } from "../../../lib/role.ts";
import { byServer } from "../../../lib/server-clock.tsx";
import { useTRPC } from "../../../lib/trpc.ts";
import classes from "./capture-detail.module.css";
import { CaptureFacts } from "./capture-facts.tsx";
import { CaptureHistory } from "./capture-history.tsx";
import { CopyLink } from "./copy-link.tsx";
import { FieldsModal } from "./fields-modal.tsx";
import { MissingPicture } from "./missing-picture.tsx";
import { TrashButton } from "./trash-button.tsx";
import { useChangeCaptures } from "./use-change-captures.ts";

/** One capture, large, with all that is known of it. Left and right lead to its neighbours in the gallery. */
export function CaptureDetail({
  id,
  deviceNames,
  previous,
  next,
  onOpen,
}: {
  id: string;
  deviceNames: ReadonlyMap<string, string>;
  previous: string | undefined;
  next: string | undefined;
  onOpen: (id: string | undefined) => void;
}) {
  const trpc = useTRPC();
  const query = useQuery(trpc.captures.get.queryOptions({ id }, live("retention_runs")));
  const stored = useQuery(trpc.captures.isStored.queryOptions({ id }, live("capture_batches")));
  const missing = stored.data === false && query.data?.purged_at === null;
  const operator = mayAct(useIdentity().role, "operator");
  // Only the browser draws it, and knows at once: nothing should move after it.
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  // The picture first; what stands beside it is drawn in a task of its own.
  const whole = useDeferredValue(true, false);
  useHotkeys([
    ["ArrowLeft", () => previous && onOpen(previous)],
    ["ArrowRight", () => next && onOpen(next)],
  ]);

  return (
    <Modal
      opened
      onClose={() => onOpen(undefined)}
      title="Capture"
      size="min(1400px, 96vw)"
      fullScreen={phone ?? false}
      scrollAreaComponent={ScrollArea.Autosize}
      // The gallery's own focus is where the reader was.
      returnFocus
    >
      <div className={classes.layout}>
        <Box className={classes.stage}>
          <QueryView query={query} loading={<Loading rows={1} height={360} />}>
            {(capture) => (
              <Picture
                // A picture that comes back is loaded anew.
                key={`${capture.id} ${missing}`}
                capture={capture}
                deviceName={deviceNames.get(capture.device_id) ?? ""}
              />
            )}
          </QueryView>
          <ActionIcon
            className={classes.previous}
            variant="default"
            size="xl"
            radius="xl"
            disabled={previous === undefined}
            onClick={() => onOpen(previous)}
            aria-label="The capture after it in time"
          >
            <IconChevronLeft />
          </ActionIcon>
          <ActionIcon
            className={classes.next}
            variant="default"
            size="xl"
            radius="xl"
            disabled={next === undefined}
            onClick={() => onOpen(next)}
            aria-label="The capture before it in time"
          >
            <IconChevronRight />
          </ActionIcon>
        </Box>
        <Stack gap="md">
          {whole && query.data && (
            <>
              {missing && <MissingPicture capture={query.data} />}
              <Actions
                // A link, and what is being edited, are those of one capture.
                key={query.data.id}
                capture={query.data}
                operator={operator}
                onGone={() => onOpen(next ?? previous)}
              />
              <CaptureFacts
                capture={query.data}
                deviceName={deviceNames.get(query.data.device_id) ?? query.data.device_id}
              />
            </>
          )}
          {whole && operator && (
            <Stack gap={6} component="section" aria-label="History">
              <Title order={3} size="h5">
                History
              </Title>
              <CaptureHistory id={id} />
            </Stack>
          )}
        </Stack>
      </div>
    </Modal>
  );
}

function Picture({ capture, deviceName }: { capture: Capture; deviceName: string }) {
  const source = `/api/pictures/${capture.id}`;
  const thumbnail = `/api/thumbnails/${capture.id}`;
  const place = placeOf(capture);
  if (capture.content_type === "video/mp4") {
    return (
      <video
        className={classes.picture}
        src={source}
        style={place}
        controls
        autoPlay
        muted
        loop
        playsInline
      />
    );
  }
  const alt = `Taken by ${deviceName}: ${capture.file_name}`;
  // No browser shows a raw picture: its thumbnail does instead, at its own size.
  if (capture.content_type === "image/x-adobe-dng")
    return <img className={classes.picture} src={thumbnail} alt={alt} />;
  return (
    <img
      className={classes.picture}
      src={source}
      alt={alt}
      style={{ ...place, backgroundImage: `url(${thumbnail})` }}
    />
  );
}

/** Room for the picture before it comes, so that nothing moves when it does; none where its size is not known. */
function placeOf({ width, height, exif }: Capture): CSSProperties | undefined {
  if (!width || !height) return undefined;
  // The catalogue has the size as stored; from 5 on the EXIF orientation lays the picture on its side.
  const [across, down] = Number(exif.orientation) >= 5 ? [height, width] : [width, height];
  return { "--across": across, "--proportion": across / down } as CSSProperties;
}

/** A little less than the hour that it works. */
const LINK_HOLDS_MS = 59 * 60_000;

function Actions({ capture, operator, onGone }: { capture: Capture; operator: boolean; onGone: () => void }) {
  const trpc = useTRPC();
  const change = useChangeCaptures();
  const link = useMutation(trpc.captures.link.mutationOptions());
  const hasLink = useNow() < byServer(link.submittedAt) + LINK_HOLDS_MS;
  const [editing, { open, close }] = useDisclosure(false);
  const { id } = capture;
  const live = capture.deleted_at === null;
  return (
    <Group gap={6}>
      <Button
        component="a"
        href={`/api/pictures/${id}?download=1`}
        size="xs"
        variant="default"
        leftSection={<IconDownload size={16} />}
      >
        Download
      </Button>
      {link.data === undefined || !hasLink ? (
        <Button
          size="xs"
          variant="default"
          leftSection={<IconLink size={16} />}
          loading={link.isPending}
          onClick={() => link.mutate({ id })}
        >
          Make a link
        </Button>
      ) : (
        <CopyLink path={link.data} />
      )}
      {operator && live && (
        <>
          {capture.pinned_at === null ? (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPin size={16} />}
              onClick={() => void change.pin([id])}
            >
              Pin
            </Button>
          ) : (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPinnedOff size={16} />}
              onClick={() => void change.unpin([id])}
            >
              Unpin
            </Button>
          )}
          <Button size="xs" variant="default" leftSection={<IconPencil size={16} />} onClick={open}>
            Edit
          </Button>
          <TrashButton ids={[id]} onDone={onGone} />
        </>
      )}
      {operator && !live && capture.purged_at === null && (
        <Button size="xs" leftSection={<IconRestore size={16} />} onClick={() => void change.restore([id])}>
          Restore
        </Button>
      )}
      <FieldsModal opened={editing} onClose={close} ids={[id]} onDone={() => {}} />
    </Group>
  );
}
