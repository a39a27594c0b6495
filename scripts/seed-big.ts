import { parseArgs } from "node:util";
import { defaultDataDir } from "../packages/local-supabase/src/data-dir.ts";
import { startLocalSupabase } from "../packages/local-supabase/src/index.ts";
import { ERRORS, isPilabError } from "../packages/schema/src/index.ts";
import { seedCaptures } from "../packages/testing/src/seed-captures.ts";

const HELP = `npm run seed:big -- [options]     a lab's captures of many months, made by SQL: rows only, without pictures

  --captures <number>  default: 1000000, which takes some minutes and about 1.5 GB
  --days <number>      since the oldest, 1 to 3650 (default: 400)
  --devices <number>   1 to 99 (default: 50)
  --database <url>     the Postgres that pilab-local runs on, instead of PGlite (or PILAB_DATABASE_URL)
  --add                even where there are captures already

They go into PILAB_DATA_DIR, now ${defaultDataDir(process.env)}
Stop the server first: one process at a time may use the folder.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const { captures, days, devices, database, add } = options;
  try {
    const supabase = await startLocalSupabase({
      dataDir: defaultDataDir(process.env),
      port: 0,
      ...(database && { database }),
    });
    try {
      const { rows } = await supabase.sql.transaction((tx) =>
        tx.query("select from public.captures limit 1"),
      );
      if (rows.length > 0 && !add) {
        say(`${supabase.dataDir} holds captures already. Give PILAB_DATA_DIR another folder, or --add.`);
        return 1;
      }
      await seedCaptures(supabase.sql, {
        ...{ captures, days, devices },
        onProgress: (made) => {
          if (made % 100_000 === 0 || made === captures) say(`${made.toLocaleString("en-US")} captures`);
        },
      });
      say(
        `\nThey are in ${supabase.dataDir}. They are rows without pictures: the gallery shows placeholders, downloads fail, and\n` +
          "the scrub of stored files finds every one of them missing.",
      );
      // Told by this start alone: the next one cannot.
      const { email, password } = supabase.admin;
      if (password) say(`Sign in as ${email} with the password ${password} (shown only this once).`);
      say(
        database
          ? "Look at them: pilab-local start --database …, and the dashboard."
          : "Look at them: npm start -- --no-demo",
      );
      return 0;
    } finally {
      await supabase.stop();
    }
  } catch (error) {
    if (!isPilabError(error)) throw error;
    say(`npm run seed:big: ${error.message}${error.hint ? `\n${error.hint}` : ""}`);
    return ERRORS[error.code].exitCode;
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        captures: { type: "string", default: "1000000" },
        days: { type: "string", default: "400" },
        devices: { type: "string", default: "50" },
        database: { type: "string" },
        add: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return {
      captures: wholeNumber("captures", values.captures, 100_000_000),
      days: wholeNumber("days", values.days, 3650),
      devices: wholeNumber("devices", values.devices, 99),
      database: values.database ?? process.env.PILAB_DATABASE_URL,
      add: values.add,
    };
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} is "${text}", it must be a whole number from 1 to ${max}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
