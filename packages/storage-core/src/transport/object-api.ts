import type { Readable } from "node:stream";
import { PilabError } from "@pilab/schema";
import { answerError } from "../supabase-error.ts";
import type { HeldObject } from "../uploads/verify-decision.ts";
import type { Answer, BytesOnTheWay, Transport, TransportRequest } from "./transport.ts";

/** Headers that say who asks: apikey and Authorization. Signs in first where that is needed. */
export type AuthHeaders = (signal: AbortSignal | undefined) => Promise<Record<string, string>>;

/** One object's place. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly path: string;
}

/** What Storage tells of one object. */
export interface ObjectInfo extends HeldObject {
  /** What its uploader wrote beside it: a claim, no proof. */
  readonly userMetadata: Record<string, unknown>;
}

/** What {@link ObjectApi.upload} sends. */
export interface ObjectUpload extends ObjectPlace {
  readonly bytes: Uint8Array | BytesOnTheWay;
  readonly contentType: string;
  readonly userMetadata: Record<string, unknown>;
  readonly signal?: AbortSignal | undefined;
}

/** Storage's REST calls for single objects, as far as captures need them; each throws the refusal as it came. */
export interface ObjectApi {
  /** The standard upload; refused with `KeyAlreadyExists` when the path is taken. */
  upload(upload: ObjectUpload): Promise<void>;
  info(place: ObjectPlace, signal?: AbortSignal): Promise<ObjectInfo>;
  /** The object's bytes from `start` on. */
  download(
    place: ObjectPlace,
    options?: { start?: number; signal?: AbortSignal | undefined },
  ): Promise<Readable>;
}

/** A capture's bytes never change under their path. */
export const CACHE_CONTROL_S = 31_536_000;

/** Binds the calls to one project. */
export function createObjectApi(transport: Transport, authHeaders: AuthHeaders): ObjectApi {
  async function send(request: TransportRequest): Promise<Answer> {
    const answer = await transport.send({
      ...request,
      headers: { ...(await authHeaders(request.signal)), ...request.headers },
    });
    if (answer.status >= 400) throw answerError(answer);
    return answer;
  }

  return {
    async upload({ bytes, contentType, userMetadata, signal, ...place }) {
      await send({
        method: "POST",
        path: objectUrl("object", place),
        headers: {
          "content-type": contentType,
          "cache-control": `max-age=${CACHE_CONTROL_S}`,
          "x-upsert": "false",
          "x-metadata": Buffer.from(JSON.stringify(userMetadata)).toString("base64"),
        },
        body: bytes,
        signal,
      });
    },

    async info(place, signal) {
      const { body } = await send({
        method: "GET",
        path: objectUrl("object/info", place),
        headers: {},
        signal,
      });
      return parseInfo(body, place);
    },

    async download(place, { start = 0, signal } = {}) {
      const answer = await transport.open({
        method: "GET",
        path: objectUrl("object/authenticated", place),
        headers: { ...(await authHeaders(signal)), ...(start > 0 && { range: `bytes=${start}-` }) },
        signal,
      });
      if (answer.status >= 400) {
        throw answerError({ ...answer, body: Buffer.concat(await answer.body.toArray({ signal })) });
      }
      if (start > 0 && answer.status !== 206) {
        answer.body.destroy();
        throw new PilabError("server_lied", `${place.path}: the server ignored a Range request`);
      }
      return answer.body;
    },
  };
}

/** Path segments are encoded one by one: an unencoded `?` or `#` would cut the key short. */
export function objectUrl(route: string, { bucket, path }: ObjectPlace): string {
  return `/storage/v1/${route}/${[bucket, ...path.split("/")].map(encodeURIComponent).join("/")}`;
}

function parseInfo(body: Buffer, place: ObjectPlace): ObjectInfo {
  const nonsense = (cause?: unknown) =>
    new PilabError("server_lied", `info of ${place.path} is no JSON with a size`, { cause });
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw nonsense(cause);
  }
  if (typeof fields.size !== "number") throw nonsense();
  return {
    sizeBytes: fields.size,
    etag: typeof fields.etag === "string" ? fields.etag.replaceAll('"', "") : null,
    userMetadata: (fields.metadata as Record<string, unknown> | null) ?? {},
  };
}
