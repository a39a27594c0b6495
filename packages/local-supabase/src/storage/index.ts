export { createStorageApp } from "./app.ts";
export { STORAGE_SCHEMA_SQL } from "./schema.ts";
