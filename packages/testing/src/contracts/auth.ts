import { randomUUID } from "node:crypto";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContractTarget } from "../test-target.ts";

const PASSWORD = "correct-horse-battery";

/**
 * What PiLab asks of `/auth/v1`, as Supabase Auth answers it. It makes its own accounts with the service key, and removes
 * them. `getTarget` is called when the tests run.
 */
export function authContract(getTarget: () => ContractTarget): void {
  describe("Auth", () => {
    let target: ContractTarget;
    let service: SupabaseClient;
    const made: string[] = [];
    const client = (key = target.anonKey) =>
      createClient(target.url, key, { auth: { persistSession: false, autoRefreshToken: false } });

    beforeAll(() => {
      target = getTarget();
      service = client(target.serviceRoleKey);
    });
    afterAll(() => Promise.all(made.map((id) => service.auth.admin.deleteUser(id))));

    async function makeUser(attributes: Parameters<SupabaseClient["auth"]["admin"]["createUser"]>[0] = {}) {
      const email = `contract-${randomUUID()}@pilab.test`;
      const { data, error } = await service.auth.admin.createUser({
        email,
        password: PASSWORD,
        email_confirm: true,
        ...attributes,
      });
      if (error) throw error;
      made.push(data.user.id);
      return { ...data.user, email };
    }

    async function signIn(email: string, password = PASSWORD) {
      const fresh = client();
      const { data, error } = await fresh.auth.signInWithPassword({ email, password });
      return { client: fresh, session: data.session, error };
    }

    describe("accounts", () => {
      it("makes an account that can sign in, with the metadata it was given", async () => {
        const user = await makeUser({
          app_metadata: { pilab_role: "viewer" },
          user_metadata: { name: "Vi" },
        });
        expect(user).toMatchObject({
          aud: "authenticated",
          role: "authenticated",
          user_metadata: { name: "Vi" },
        });
        expect(user.app_metadata).toEqual({ provider: "email", providers: ["email"], pilab_role: "viewer" });
        expect(user.email_confirmed_at).toBeTruthy();
        expect((await signIn(user.email)).error).toBeNull();
      });

      it("finds an account by its id and in the list", async () => {
        const user = await makeUser();
        expect((await service.auth.admin.getUserById(user.id)).data.user?.email).toBe(user.email);
        const { data, error } = await service.auth.admin.listUsers({ page: 1, perPage: 1000 });
        expect(error).toBeNull();
        expect(data.users.map(({ id }) => id)).toContain(user.id);
      });

      it("merges metadata, and takes out what is given as null", async () => {
        const user = await makeUser({ app_metadata: { pilab_role: "viewer", bench: 1 } });
        const { data } = await service.auth.admin.updateUserById(user.id, {
          app_metadata: { pilab_role: "admin", bench: null },
        });
        expect(data.user?.app_metadata).toMatchObject({ provider: "email", pilab_role: "admin" });
        expect(data.user?.app_metadata).not.toHaveProperty("bench");
      });

      it("changes e-mail and password", async () => {
        const user = await makeUser();
        const email = `contract-${randomUUID()}@pilab.test`;
        const { error } = await service.auth.admin.updateUserById(user.id, {
          email,
          password: "another-horse",
          email_confirm: true,
        });
        expect(error).toBeNull();
        expect((await signIn(user.email)).error?.code).toBe("invalid_credentials");
        expect((await signIn(email, "another-horse")).error).toBeNull();
      });

      it("removes an account for good", async () => {
        const user = await makeUser();
        const { client: gone } = await signIn(user.email);
        expect((await service.auth.admin.deleteUser(user.id)).error).toBeNull();
        expect((await signIn(user.email)).error?.code).toBe("invalid_credentials");
        expect((await gone.auth.getUser()).error?.status).toBe(403);
        expect((await service.auth.admin.getUserById(user.id)).error).toMatchObject({
          status: 404,
          code: "user_not_found",
        });
      });

      it("keeps a banned account out until the ban is lifted", async () => {
        const user = await makeUser();
        await service.auth.admin.updateUserById(user.id, { ban_duration: "24h" });
        expect((await signIn(user.email)).error?.code).toBe("user_banned");
        await service.auth.admin.updateUserById(user.id, { ban_duration: "none" });
        expect((await signIn(user.email)).error).toBeNull();
      });

      it("refuses a second account of the same e-mail, and a short password", async () => {
        const { email } = await makeUser();
        const second = await service.auth.admin.createUser({ email, password: PASSWORD });
        expect(second.error).toMatchObject({ status: 422, code: "email_exists" });
        const weak = await service.auth.admin.createUser({
          email: `contract-${randomUUID()}@pilab.test`,
          password: "abc",
        });
        expect(weak.error).toMatchObject({ status: 422, code: "weak_password" });
      });

      it("is closed to everyone but the service key", async () => {
        const user = await makeUser({ app_metadata: { pilab_role: "admin" } });
        const { client: admin } = await signIn(user.email);
        expect((await admin.auth.admin.listUsers()).error?.status).toBeGreaterThanOrEqual(401);
        expect((await client().auth.admin.listUsers()).error?.status).toBeGreaterThanOrEqual(401);
      });
    });

    describe("sessions", () => {
      it("signs app_metadata into the access token", async () => {
        const user = await makeUser({ app_metadata: { pilab_role: "operator" } });
        const { session } = await signIn(user.email);
        const claims = JSON.parse(
          Buffer.from(session?.access_token.split(".")[1] ?? "", "base64url").toString(),
        );
        expect(claims).toMatchObject({
          sub: user.id,
          aud: "authenticated",
          role: "authenticated",
          email: user.email,
          app_metadata: { pilab_role: "operator" },
        });
        expect(claims.exp).toBeGreaterThan(claims.iat);
        expect(claims.session_id).toBeTruthy();
      });

      it("tells wrong from right without saying which part is wrong", async () => {
        const user = await makeUser();
        const wrong = (await signIn(user.email, "wrong-horse")).error;
        const unknown = (await signIn(`contract-${randomUUID()}@pilab.test`)).error;
        expect(wrong).toMatchObject({ status: 400, code: "invalid_credentials" });
        expect(unknown).toMatchObject({ status: 400, code: "invalid_credentials", message: wrong?.message });
      });

      it("knows who holds a token", async () => {
        const user = await makeUser();
        const { client: signedIn } = await signIn(user.email);
        expect((await signedIn.auth.getUser()).data.user?.id).toBe(user.id);
        expect((await client().auth.getUser("no.such.token")).error?.status).toBeGreaterThanOrEqual(401);
      });

      it("renews a session with the newest role, for as long as it is not signed out", async () => {
        const user = await makeUser({ app_metadata: { pilab_role: "viewer" } });
        const { client: signedIn, session } = await signIn(user.email);
        await service.auth.admin.updateUserById(user.id, { app_metadata: { pilab_role: "operator" } });
        const renewed = await signedIn.auth.refreshSession();
        expect(renewed.error).toBeNull();
        expect(renewed.data.session?.refresh_token).not.toBe(session?.refresh_token);
        expect(renewed.data.user?.app_metadata.pilab_role).toBe("operator");
        const refreshToken = renewed.data.session?.refresh_token ?? "";
        await signedIn.auth.signOut();
        const late = await client().auth.refreshSession({ refresh_token: refreshToken });
        expect(late.error?.status).toBe(400);
      });

      it("renews a session again for a client that lost the answer", async () => {
        const { session } = await signIn((await makeUser()).email);
        const renew = () => client().auth.refreshSession({ refresh_token: session?.refresh_token ?? "" });
        expect((await renew()).error).toBeNull();
        const again = await renew();
        expect(again.error).toBeNull();
        expect((await client().auth.getUser(again.data.session?.access_token)).error).toBeNull();
      });

      it("lets a user change their own data and password, never their role", async () => {
        const user = await makeUser({ app_metadata: { pilab_role: "viewer" } });
        const { client: signedIn } = await signIn(user.email);
        const forged = { data: { name: "Me" }, app_metadata: { pilab_role: "admin" } };
        const { data, error } = await signedIn.auth.updateUser(forged);
        expect(error).toBeNull();
        expect(data.user).toMatchObject({
          user_metadata: { name: "Me" },
          app_metadata: { pilab_role: "viewer" },
        });
        expect((await signedIn.auth.updateUser({ password: "a-new-horse" })).error).toBeNull();
        expect((await signIn(user.email, "a-new-horse")).error).toBeNull();
      });
    });
  });
}
