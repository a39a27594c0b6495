import { createPilabClient } from "@pilab/storage-core";
import { makeJpeg, startTestSupabase } from "@pilab/testing";
import { expect, test } from "vitest";
import { HISTORY } from "./seed-show.ts";

test("the month that is made for pictures is nothing that a scrub would call damaged", async () => {
  const supabase = await startTestSupabase();
  const { url, anonKey: key, serviceRoleKey: serviceKey } = supabase;
  const service = createPilabClient({ url, serviceKey });
  const { credentials } = await service.devices.create({ slug: "roof", expected_interval_s: 1800 });
  const pilab = createPilabClient({ url, key, ...credentials });
  await pilab.captures.uploadAndLog(await makeJpeg({ width: 64, height: 48, seed: 1 }), {
    fileName: "roof.jpg",
    capturedAt: new Date(Date.now() - 60_000),
  });
  await supabase.sql.exec(HISTORY);
  expect((await service.captures.list({ limit: 100 })).captures.length).toBe(100);
  expect(await service.checks.scrub()).toMatchObject({ missing: 0, mismatch: 0, unreadable: 0, faulty: 0 });
  await Promise.all([pilab.close(), service.close()]);
  await supabase.stop();
}, 120_000);
