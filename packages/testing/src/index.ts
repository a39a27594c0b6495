export { childEnvironment } from "./child-environment.ts";
export { box, type DngOptions, type Mp4Options, makeDng, makeMp4 } from "./containers.ts";
export { authContract } from "./contracts/auth.ts";
export { restContract } from "./contracts/rest.ts";
export { storageContract } from "./contracts/storage.ts";
export {
  type Fault,
  type FaultProxy,
  type Injection,
  type SeenRequest,
  startFaultProxy,
} from "./fault-proxy.ts";
export {
  type ExifOptions,
  makeJpeg,
  makePng,
  makeWebp,
  type PictureOptions,
  truncated,
} from "./pictures.ts";
export { type Seed, seedCaptures } from "./seed-captures.ts";
export { startTestSupabase, type TestSupabase, type TestSupabaseOptions } from "./test-supabase.ts";
export { type ContractTarget, testTarget } from "./test-target.ts";
