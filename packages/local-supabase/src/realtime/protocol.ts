import { z } from "zod";

/** One message of the Phoenix channel protocol, in either serialisation. */
export interface Frame {
  /** The join that the message belongs to; null for the socket itself. */
  joinRef: string | null;
  /** Set by the client on what it wants answered, and repeated in the answer. */
  ref: string | null;
  topic: string;
  event: string;
  payload: unknown;
}

/** The serialisations supabase-js speaks: 1.0.0 sends objects, 2.0.0 (its default) arrays. */
export type Vsn = "1.0.0" | "2.0.0";

const ref = z.string().nullish();
const object = z.object({ topic: z.string(), event: z.string(), payload: z.unknown(), ref, join_ref: ref });
const array = z.tuple([ref, ref, z.string(), z.string(), z.unknown()]);

/** Reads `vsn` of the upgrade's query; undefined when it is none we speak. */
export function parseVsn(value: string | null): Vsn | undefined {
  // Phoenix takes an absent vsn for 1.0.0.
  if (value === null) return "1.0.0";
  return value === "1.0.0" || value === "2.0.0" ? value : undefined;
}

/** Reads one text message; undefined when it is no message of the protocol. */
export function decodeFrame(vsn: Vsn, text: string): Frame | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (vsn === "1.0.0") {
    const { success, data } = object.safeParse(json);
    if (!success) return undefined;
    const { topic, event, payload } = data;
    return { joinRef: data.join_ref ?? null, ref: data.ref ?? null, topic, event, payload };
  }
  const { success, data } = array.safeParse(json);
  if (!success) return undefined;
  const [joinRef, messageRef, topic, event, payload] = data;
  return { joinRef: joinRef ?? null, ref: messageRef ?? null, topic, event, payload };
}

/** Writes one text message. */
export function encodeFrame(vsn: Vsn, { joinRef, ref, topic, event, payload }: Frame): string {
  if (vsn === "1.0.0") return JSON.stringify({ join_ref: joinRef, ref, topic, event, payload });
  return JSON.stringify([joinRef, ref, topic, event, payload]);
}

const binding = z.looseObject({
  event: z.enum(["*", "INSERT", "UPDATE", "DELETE"]),
  schema: z.string().optional(),
  table: z.string().optional(),
  filter: z.string().nullish(),
  select: z.array(z.string()).nullish(),
});

/** One `.on('postgres_changes', …)` as the client sends it. */
export type BindingRequest = z.infer<typeof binding>;

/** What `phx_join` carries. */
export const joinPayload = z.looseObject({
  access_token: z.string().nullish(),
  config: z
    .looseObject({
      // Each channel's bindings become one query: a hundred is far above what a page needs.
      postgres_changes: z.array(binding).max(100).nullish(),
      private: z.boolean().nullish(),
    })
    .nullish(),
});

/** What an `access_token` message carries. */
export const tokenPayload = z.looseObject({ access_token: z.string().nullish() });
