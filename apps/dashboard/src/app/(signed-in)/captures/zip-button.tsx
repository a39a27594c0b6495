"use client";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDownload } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { formatCount } from "../../../components/format.ts";
import { MOST_ZIPPED } from "../../../lib/zip-limit.ts";

const ZIP = "/api/captures/zip";

/**
 * Saves captures as a ZIP. A form's answer that is no file replaces the page, and with it the selection: whether there will be
 * a file is asked first.
 */
export function ZipButton({ ids }: { ids: readonly string[] }) {
  const [asking, setAsking] = useState(false);
  const tooMany = ids.length > MOST_ZIPPED;

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    setAsking(true);
    const why = await whyNot();
    setAsking(false);
    if (why === undefined) form.submit();
    else notifications.show({ title: "Not saved", message: why, color: "red", autoClose: 10_000 });
  }

  return (
    <form method="post" action={ZIP} onSubmit={(event) => void save(event)}>
      <input type="hidden" name="ids" value={ids.join()} />
      <Button
        type="submit"
        size="xs"
        variant="default"
        loading={asking}
        disabled={tooMany}
        leftSection={<IconDownload size={16} />}
      >
        {tooMany ? `ZIP: at most ${formatCount(MOST_ZIPPED)}` : "ZIP"}
      </Button>
    </form>
  );
}

async function whyNot(): Promise<string | undefined> {
  const answer = await fetch(ZIP).catch(() => undefined);
  if (answer?.ok) return undefined;
  if (answer?.status === 401)
    return "Your session has ended. Sign in in another tab and try again: what you selected stays.";
  if (answer?.status === 403) return "Your role does not allow it.";
  return `${answer ? "Supabase" : "The dashboard"} does not answer. Try again: what you selected stays.`;
}
