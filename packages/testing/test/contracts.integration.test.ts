import { afterAll, beforeAll, describe } from "vitest";
import {
  authContract,
  type ContractTarget,
  restContract,
  startTestSupabase,
  storageContract,
  type TestSupabase,
  testTarget,
} from "../src/index.ts";

function contracts(getTarget: () => ContractTarget): void {
  restContract(getTarget);
  authContract(getTarget);
  storageContract(getTarget);
}

const external = testTarget(process.env);
if (external) {
  describe(`contracts at ${external.url}`, () => contracts(() => external));
} else {
  describe.each(["pglite", "postgres"] as const)("contracts on local-supabase with %s", (engine) => {
    let supabase: TestSupabase | undefined;
    beforeAll(async () => {
      supabase = await startTestSupabase({ engine });
    });
    afterAll(() => supabase?.stop());
    contracts(() => {
      if (!supabase) throw new Error("The server did not start");
      return supabase;
    });
  });
}
