import { describe, expect, test } from "vitest";
import { createPilabClientFromEnvironment } from "./create-from-environment.ts";

const project = { SUPABASE_URL: "http://127.0.0.1:1", SUPABASE_ANON_KEY: "anon" };
const account = { PILAB_EMAIL: "pi-1@devices.pilab.invalid", PILAB_PASSWORD: "secret" };

describe("createPilabClientFromEnvironment", () => {
  test("takes the account, the bucket and either name of the key", () => {
    const { SUPABASE_ANON_KEY, ...rest } = project;
    const pilab = createPilabClientFromEnvironment({
      ...rest,
      ...account,
      SUPABASE_PUBLISHABLE_KEY: SUPABASE_ANON_KEY,
      STORAGE_BUCKET: "greenhouse",
    });
    expect(pilab.bucket).toBe("greenhouse");
  });

  test("never falls back to the service key", () => {
    expect(() =>
      createPilabClientFromEnvironment({ ...project, SUPABASE_SERVICE_ROLE_KEY: "service" }),
    ).toThrow(/PILAB_EMAIL: missing/);
    expect(() =>
      createPilabClientFromEnvironment({ SUPABASE_SERVICE_ROLE_KEY: "service", ...account }),
    ).toThrow(/SUPABASE_ANON_KEY \(or SUPABASE_PUBLISHABLE_KEY\): missing/);
  });

  test("uses the service key when it is named, and only then needs it", () => {
    expect(() => createPilabClientFromEnvironment({ ...project, ...account }, { as: "service" })).toThrow(
      /SUPABASE_SERVICE_ROLE_KEY \(or SUPABASE_SECRET_KEY\): missing/,
    );
    createPilabClientFromEnvironment({ ...project, SUPABASE_SECRET_KEY: "service" }, { as: "service" });
  });

  test("names every wrong variable at once and shows no secret", () => {
    const wrong = {
      ...project,
      PILAB_EMAIL: "a@b.invalid",
      SUPABASE_URL: "nowhere",
      MAX_FILE_SIZE: "25MB",
      PILAB_PASSWORD: "",
    };
    expect(() => createPilabClientFromEnvironment(wrong)).toThrow(
      expect.objectContaining({
        code: "invalid_environment",
        message: expect.stringMatching(
          /3 environment variables are wrong:.*SUPABASE_URL.*PILAB_PASSWORD.*MAX_FILE_SIZE/s,
        ),
      }),
    );
  });
});
