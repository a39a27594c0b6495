import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, parseVsn } from "./protocol.ts";

const frame = { joinRef: "1", ref: "2", topic: "realtime:x", event: "phx_join", payload: { a: 1 } };

describe("the channel protocol", () => {
  test.each(["1.0.0", "2.0.0"] as const)("%s comes back as it went", (vsn) => {
    expect(decodeFrame(vsn, encodeFrame(vsn, frame))).toEqual(frame);
  });

  test("is spoken as supabase-js does", () => {
    expect(encodeFrame("2.0.0", frame)).toBe('["1","2","realtime:x","phx_join",{"a":1}]');
    expect(JSON.parse(encodeFrame("1.0.0", frame))).toEqual({
      join_ref: "1",
      ref: "2",
      topic: "realtime:x",
      event: "phx_join",
      payload: { a: 1 },
    });
    expect(
      decodeFrame("1.0.0", '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":"3"}'),
    ).toMatchObject({
      joinRef: null,
      ref: "3",
    });
  });

  test.each(["", "nonsense", "[]", "{}", "[1,2,3,4,5]", "null"])("%j is no message", (text) => {
    expect(decodeFrame("1.0.0", text)).toBeUndefined();
    expect(decodeFrame("2.0.0", text)).toBeUndefined();
  });

  test("has two versions", () => {
    expect([null, "1.0.0", "2.0.0", "3.0.0"].map(parseVsn)).toEqual(["1.0.0", "1.0.0", "2.0.0", undefined]);
  });
});
