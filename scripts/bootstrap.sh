#!/bin/sh
# Sets up the tool chain on a machine that has only Node.js and npm, then becomes the asked-for script.
# The last line is `exec`: with npx or pnpm in between, SIGTERM would not reach the server.
set -eu
cd "$(dirname "$0")/.."
task=$1
shift

[ -d node_modules ] || echo "Setting up, once: installing the dependencies takes about a minute …" >&2
pnpm_version=$(sed -n 's/.*"packageManager": "pnpm@\([^"]*\)".*/\1/p' package.json)
if ! npx -y "pnpm@$pnpm_version" install --frozen-lockfile --silent >"${TMPDIR:-/tmp}/pilab-install.$$.log" 2>&1; then
  cat "${TMPDIR:-/tmp}/pilab-install.$$.log" >&2
  echo "pilab: the dependencies could not be installed; the lines above say why." >&2
  exit 1
fi
rm -f "${TMPDIR:-/tmp}/pilab-install.$$.log"

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
if ! node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>22||(a===22&&b>=18)?0:1)'; then
  echo "pilab: needs Node.js 22.18 or later, found $(node --version). Install Node.js 24 LTS from https://nodejs.org and run the command again." >&2
  exit 2
fi
exec node "scripts/$task.ts" "$@"
