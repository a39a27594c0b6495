import { Code, Text } from "@mantine/core";
import type { Capture } from "@pilab/storage-core";
import { IconPhotoOff } from "@tabler/icons-react";
import { Note } from "../../../components/note.tsx";

/** Says that a capture's object is gone, and what can be done. */
export function MissingPicture({ capture }: { capture: Capture }) {
  return (
    <Note tone="warning" icon={<IconPhotoOff />} title="The picture is missing in the storage">
      <Text size="sm">
        All that is known of it is still here, and nothing is stored under its path: it was removed past
        PiLab, or the storage lost it.
      </Text>
      <Text size="sm" mt={6}>
        To have it again, let its device send it anew, with <Code>pilab-uploader upload</Code>, or bring{" "}
        <Code>{`${capture.bucket_id}/${capture.object_path}`}</Code> back from a backup. If it is gone for
        good, move the capture to the trash.
      </Text>
    </Note>
  );
}
