import { PilabError } from "@pilab/schema";
import { answerError } from "../supabase-error.ts";
import { type AuthHeaders, CACHE_CONTROL_S, type ObjectPlace } from "./object-api.ts";
import type { Answer, BytesOnTheWay, Transport, TransportRequest } from "./transport.ts";

/** Where an interrupted resumable upload can go on. */
export interface TusUpload {
  /** The upload URL's path below the project's URL. */
  readonly url: string;
}

/** What {@link TusApi.create} announces. */
export interface TusCreation extends ObjectPlace {
  readonly sizeBytes: number;
  readonly contentType: string;
  readonly userMetadata: Record<string, unknown>;
  readonly signal?: AbortSignal | undefined;
}

/** The three requests of tus 1.0.0; each throws the refusal as it came. */
export interface TusApi {
  /** Gives the upload URL. A taken path is refused here, before any byte. */
  create(creation: TusCreation): Promise<TusUpload>;
  /** How many bytes the server has, or undefined when it no longer knows the upload. */
  offset(upload: TusUpload, signal?: AbortSignal): Promise<number | undefined>;
  /** Sends bytes that begin at `offset`; gives the server's new offset, `"conflict"` when it stands elsewhere. */
  append(
    upload: TusUpload,
    chunk: { offset: number; bytes: Uint8Array | BytesOnTheWay; signal?: AbortSignal },
  ): Promise<number | "conflict">;
}

const ENDPOINT = "/storage/v1/upload/resumable";

/** Binds tus to one project. */
export function createTusApi(transport: Transport, authHeaders: AuthHeaders): TusApi {
  async function send(request: TransportRequest): Promise<Answer> {
    const headers = { ...(await authHeaders(request.signal)), "tus-resumable": "1.0.0", ...request.headers };
    return await transport.send({ ...request, headers });
  }

  return {
    async create({ bucket, path, sizeBytes, contentType, userMetadata, signal }) {
      const answer = await send({
        method: "POST",
        path: ENDPOINT,
        headers: {
          "upload-length": String(sizeBytes),
          "upload-metadata": uploadMetadata({
            bucketName: bucket,
            objectName: path,
            contentType,
            cacheControl: String(CACHE_CONTROL_S),
            metadata: JSON.stringify(userMetadata),
          }),
          "x-upsert": "false",
        },
        body: new Uint8Array(),
        signal,
      });
      const { location } = answer.headers;
      if (answer.status >= 400) throw answerError(answer);
      if (answer.status !== 201 || typeof location !== "string") {
        throw new PilabError(
          "server_lied",
          `tus creation of ${path} answered ${answer.status} without a Location`,
        );
      }
      return { url: uploadPath(location) };
    },

    async offset({ url }, signal) {
      const answer = await send({ method: "HEAD", path: url, headers: {}, signal });
      if (answer.status === 404 || answer.status === 410) return undefined;
      if (answer.status >= 400) throw answerError(answer);
      return readOffset(answer, url);
    },

    async append({ url }, { offset, bytes, signal }) {
      const answer = await send({
        method: "PATCH",
        path: url,
        headers: { "content-type": "application/offset+octet-stream", "upload-offset": String(offset) },
        body: bytes,
        signal,
      });
      // 409 has two meanings here, told apart by the text alone: an offset that moved, or a path taken meanwhile.
      if (answer.status === 409 && /upload-offset/i.test(answer.body.toString("utf8"))) return "conflict";
      if (answer.status >= 400) throw answerError(answer);
      return readOffset(answer, url);
    },
  };
}

/** The server names the upload by the address it thinks it has, which a proxy may not let through: only its id counts. */
function uploadPath(location: string): string {
  const id = /\/upload\/resumable\/([^?#]+)/.exec(location)?.[1];
  if (id === undefined)
    throw new PilabError("server_lied", `tus Location ${location} is not below ${ENDPOINT}`);
  return `${ENDPOINT}/${id}`;
}

function uploadMetadata(fields: Record<string, string>): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}

function readOffset({ headers, status }: Answer, url: string): number {
  const offset = Number(headers["upload-offset"] ?? Number.NaN);
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw new PilabError("server_lied", `tus ${url} answered ${status} without an Upload-Offset`);
}
