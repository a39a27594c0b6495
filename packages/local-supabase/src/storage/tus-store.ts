import { stat } from "node:fs/promises";
import { join } from "node:path";
import { FileStore } from "@tus/file-store";
import type { Upload } from "@tus/server";

const EXPIRY_MS = 24 * 60 * 60 * 1000;

/**
 * Resumable uploads on disk. A finished one stays until it expires, linked to the object's own file, so that a client
 * which lost the final answer finds offset = length; but only when its row is committed: until then HEAD waits.
 */
export class ResumableStore extends FileStore {
  readonly #finishing = new Map<string, Promise<unknown>>();

  constructor(directory: string) {
    super({ directory, expirationPeriodInMilliseconds: EXPIRY_MS });
  }

  /** Runs the last step of an upload. Where that fails the upload is gone, and the client begins again. */
  async finish(id: string, complete: () => Promise<void>): Promise<void> {
    const finished = complete().catch(async (error: unknown) => {
      await this.remove(id);
      throw error;
    });
    this.#finishing.set(
      id,
      finished.catch(() => {}),
    );
    await finished.finally(() => this.#finishing.delete(id));
  }

  override async getUpload(id: string): Promise<Upload> {
    await this.#finishing.get(id);
    return super.getUpload(id);
  }

  /** Removes what expired, and (at start) what a crash left complete but without its object: no link leads to it. */
  async clean({ atStart = false } = {}): Promise<void> {
    await this.deleteExpired();
    if (!atStart) return;
    for (const id of (await this.configstore.list?.()) ?? []) {
      const { size, nlink } = await stat(this.pathOf(id));
      if (nlink === 1 && size === (await this.configstore.get(id))?.size) await this.remove(id);
    }
  }

  /** Where an upload's bytes lie. */
  pathOf(id: string): string {
    return join(this.directory, id);
  }
}
