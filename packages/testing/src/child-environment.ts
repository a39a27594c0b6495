/** What a program that a test starts has of this process' environment: where programs are, and where compiled ones are kept. */
export function childEnvironment(): Record<string, string> {
  const { PATH = "", NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
}
