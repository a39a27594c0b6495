export { STORAGE_SCHEMA_SQL } from "./schema.ts";
