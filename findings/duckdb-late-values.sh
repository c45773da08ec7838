#!/bin/sh
# The guess: DuckDB's read_json either reads what stands in a file of JSON lines, or says
# that it cannot.
#
# What is so: it looks at 20,480 lines. In DuckDB 2.0.1, a field that is null in all of them
# gets the type "NULL", and the numbers that follow are read as NULL, without an error. A field
# that none of them has is no column, and what it holds later is left out (duckdb/duckdb#25826).
# In 1.5.6 the first is of type JSON, with its values; the second is left out, too.
# With sample_size = -1 all is there, in both.
#
#	25,000 lines  {"v":1.0,"days":null}
#	 5,000 lines  {"v":1.0,"days":0.5,"later":2.5}
#	read_json: 30,000 rows, count(days) is 0, and there is no column later
#
# Why it matters here: days_between_orders is null in a customer's first change, and stage and
# tier are absent where there is none. So docs/events.md says to read with sample_size = -1.
#
# usage: findings/duckdb-late-values.sh
#
# Needs Python 3.10 or later with venv. It fetches the pinned package into a temporary
# directory and runs it there; nothing is installed. Exits 1 if the behaviour is another one.
set -eu

version=2.0.1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

python3 -m venv "$dir/python"
"$dir/python/bin/pip" install -q --no-compile "duckdb==$version"

"$dir/python/bin/python" - "$dir/lines.jsonl" <<'PYTHON'
import sys

import duckdb

file = sys.argv[1]
with open(file, "w") as lines:
    lines.write('{"v":1.0,"days":null}\n' * 25_000)
    lines.write('{"v":1.0,"days":0.5,"later":2.5}\n' * 5_000)

print("DuckDB", duckdb.__version__)


def columns(options=""):
    read = f"read_json('{file}', format = 'newline_delimited'{options})"
    types = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    rows, days = duckdb.sql(f"SELECT count(*), count(days) FROM {read}").fetchall()[0]
    print(f"{options or ', by default'}: {types}, {rows} rows, {days} of them with days")
    return types, days


types, days = columns()
whole, all_days = columns(", sample_size = -1")
as_found = days == 0 and "later" not in types
mended = all_days == 5_000 and whole["days"] == "DOUBLE" and whole["later"] == "DOUBLE"
sys.exit(0 if as_found and mended else 1)
PYTHON
