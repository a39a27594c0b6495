import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeTestFolder, sweepTestFolders } from "./test-folders.ts";

const CLUSTER_MODULE = new URL("./embedded-postgres.ts", import.meta.url).href;
const FOLDERS_MODULE = new URL("./test-folders.ts", import.meta.url).href;

it("removes what a killed test process left, its Postgres included, and nothing of one that lives", async () => {
  const mine = await makeTestFolder();
  const script = `
    const { makeTestFolder } = await import(${JSON.stringify(FOLDERS_MODULE)});
    const { startCluster } = await import(${JSON.stringify(CLUSTER_MODULE)});
    const folder = await makeTestFolder();
    await startCluster(folder + "/cluster");
    console.log(folder);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const folder = line.toString().trim();
  const postmaster = Number(
    (await readFile(join(folder, "cluster", "postmaster.pid"), "utf8")).split("\n")[0],
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(() => process.kill(postmaster, 0)).not.toThrow();

  await sweepTestFolders();
  await expect(access(folder)).rejects.toMatchObject({ code: "ENOENT" });
  expect(() => process.kill(postmaster, 0)).toThrow("ESRCH");
  await access(mine);
  await rm(mine, { recursive: true });
});
