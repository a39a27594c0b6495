export { correlationId, withCorrelation } from "./correlation.ts";
export { type CreateLoggerOptions, createLogger, type PilabLogger } from "./logger.ts";
export { REDACTED, redactKeys, redactText } from "./redact.ts";
