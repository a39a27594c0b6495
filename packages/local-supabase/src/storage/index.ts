export { createStorageApp, type StorageOptions } from "./app.ts";
export { STORAGE_SCHEMA_SQL } from "./schema.ts";
