import { countText, nameText, sizeText } from "../upload/words.ts";
import type { AdminCall } from "./admin-api.ts";

/** Captures that one call of `log_captures` brought. */
export interface Arrival {
  device: string;
  at: Date;
  captures: number;
  bytes: number;
  /** The newest of them, for a look at what came. */
  newest: { file: string; width: number | null; height: number | null; brightness: number | null } | null;
}

interface BatchRow {
  id: number;
  created_at: string;
  created_count: number;
  bytes: number;
  newest_capture_id: string | null;
  devices: { slug: string };
}

interface CaptureRow {
  file_name: string;
  width: number | null;
  height: number | null;
  brightness: number | null;
}

/** Gives what was catalogued since the last call, oldest first: of every device, however it came. */
export type ReadArrivals = () => Promise<Arrival[]>;

const PAGE = 100;

/** Starts from now: what is in the catalogue already is not told. */
export async function followArrivals(call: AdminCall): Promise<ReadArrivals> {
  const select = "select=id,created_at,created_count,bytes,newest_capture_id,devices(slug)";
  const [last] = await call<BatchRow[]>("GET", `/rest/v1/capture_batches?${select}&order=id.desc&limit=1`);
  let lastId = last?.id ?? 0;
  return async () => {
    const rows = await call<BatchRow[]>(
      "GET",
      `/rest/v1/capture_batches?${select}&id=gt.${lastId}&order=id.asc&limit=${PAGE}`,
    );
    lastId = rows.at(-1)?.id ?? lastId;
    return await Promise.all(rows.filter((row) => row.created_count > 0).map((row) => toArrival(call, row)));
  };
}

async function toArrival(call: AdminCall, row: BatchRow): Promise<Arrival> {
  const select = "select=file_name,width,height,brightness";
  const [newest] =
    row.newest_capture_id === null
      ? []
      : await call<CaptureRow[]>("GET", `/rest/v1/captures?${select}&id=eq.${row.newest_capture_id}`);
  return {
    device: row.devices.slug,
    at: new Date(row.created_at),
    captures: row.created_count,
    bytes: row.bytes,
    newest:
      newest === undefined
        ? null
        : {
            file: newest.file_name,
            width: newest.width,
            height: newest.height,
            brightness: newest.brightness,
          },
  };
}

/** "10:31:05  demo-camera   tray-….jpg, 1280 × 720, 43.2 kB, brightness 0.42"; several at once are one line. */
export function arrivalLine({ at, device, captures, bytes, newest }: Arrival): string {
  const head = `${at.toTimeString().slice(0, 8)}  ${device.padEnd(14)}`;
  if (captures > 1 || newest === null) return `${head}${countText(captures, "capture")}, ${sizeText(bytes)}`;
  const { file, width, height, brightness } = newest;
  const facts = [
    nameText(file),
    ...(width === null ? [] : [`${width} × ${height}`]),
    sizeText(bytes),
    ...(brightness === null ? [] : [`brightness ${brightness.toFixed(2)}`]),
  ];
  return head + facts.join(", ");
}
