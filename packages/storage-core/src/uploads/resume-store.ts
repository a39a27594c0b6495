/**
 * Remembers the upload URLs of interrupted resumable uploads, by object path and content. The agent keeps them in its
 * journal, so that an upload goes on after a restart; the default forgets with the process.
 */
export interface ResumeStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, uploadUrl: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A {@link ResumeStore} that lives as long as the process. */
export function createMemoryResumeStore(): ResumeStore {
  const urls = new Map<string, string>();
  return {
    get: async (key) => urls.get(key),
    set: async (key, uploadUrl) => void urls.set(key, uploadUrl),
    delete: async (key) => void urls.delete(key),
  };
}
