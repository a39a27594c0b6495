export {
  ERRORS,
  type ErrorCode,
  type ErrorKind,
  isPilabError,
  PilabError,
  type PilabErrorOptions,
} from "./errors.ts";
