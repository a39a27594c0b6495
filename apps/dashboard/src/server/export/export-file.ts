import "server-only";
import { PilabError } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import { EXPORT_FORMATS, EXPORT_KINDS, type ExportFormat, type ExportKind } from "../../lib/export-kinds.ts";
import { mayAct } from "../../lib/role.ts";
import { attachment } from "../attachment.ts";
import { borrowClient } from "../clients.ts";
import { logger } from "../logger.ts";
import type { Current } from "../session/current.ts";
import { shutdown } from "../shutdown.ts";
import { auditText } from "./audit-rows.ts";
import { CAPTURE_COLUMNS, captureRows } from "./capture-rows.ts";
import { UPLOAD_COLUMNS, USAGE_COLUMNS, uploadRows, usageRows } from "./counter-rows.ts";
import { refused } from "./refused.ts";
import { inChunks, streamBody } from "./stream-body.ts";
import { textOf } from "./text-of.ts";

const MEDIA_TYPES: Record<ExportFormat, string> = {
  csv: "text/csv; charset=utf-8; header=present",
  json: "application/json; charset=utf-8",
  jsonl: "application/jsonl; charset=utf-8",
};

type Text = (
  pilab: PilabClient,
  search: URLSearchParams,
  options: { format: ExportFormat; signal: AbortSignal },
) => AsyncGenerator<string>;

const TEXTS: Record<ExportKind, Text> = {
  captures: (pilab, search, { format, signal }) =>
    textOf(format, CAPTURE_COLUMNS, captureRows(pilab, search, signal)),
  usage: (pilab, search, { format, signal }) =>
    textOf(format, USAGE_COLUMNS, usageRows(pilab, search, signal)),
  uploads: (pilab, search, { format, signal }) =>
    textOf(format, UPLOAD_COLUMNS, uploadRows(pilab, search, signal)),
  audit: auditText,
};

/** A file to save, written while it is sent, under the asker's own rights. What fails before the first row is an answer. */
export async function exportFile(request: Request, kind: ExportKind, who: Current): Promise<Response> {
  const search = new URL(request.url).searchParams;
  const gone = new AbortController();
  const signal = AbortSignal.any([request.signal, gone.signal, shutdown().signal]);
  const { pilab, giveBack } = borrowClient(who.session.accessToken);
  try {
    if (!mayAct(who.identity.role, EXPORT_KINDS[kind])) {
      throw new PilabError("forbidden", `Exporting ${kind} needs the role ${EXPORT_KINDS[kind]}`);
    }
    const format = z
      .enum(EXPORT_FORMATS, { error: "format must be csv, json or jsonl" })
      .parse(search.get("format"));
    const text = TEXTS[kind](pilab, search, { format, signal });
    // The head of a CSV file would hide that there is nothing behind it.
    const first = [await text.next(), ...(format === "csv" ? [await text.next()] : [])];
    const body = streamBody(inChunks(startingWith(first, text)), {
      onCancel: () => gone.abort(),
      onEnd(error) {
        giveBack();
        if (error !== undefined && !signal.aborted) logger().warn({ err: error, kind }, "an export was cut");
      },
    });
    const name = `pilab-${kind}-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}.${format}`;
    return new Response(body, {
      headers: {
        "content-type": MEDIA_TYPES[format],
        "content-disposition": attachment(name),
        "cache-control": "no-store",
      },
    });
  } catch (error) {
    giveBack();
    return refused(error, `an export of ${kind}`);
  }
}

async function* startingWith(
  first: readonly IteratorResult<string>[],
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    for (const { done, value } of first) if (!done) yield value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
