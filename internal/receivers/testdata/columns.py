"""Reads changes with DuckDB, and says of each column its type and what is in it.

usage: columns.py FILE FIELD,... [OPTION ...]

A field is its path, and :money where it holds amounts. The options are read_json's.
"""
import json
import sys

import duckdb

file, fields, *options = sys.argv[1:]
read = ", ".join([f"'{file}'", "format = 'newline_delimited'", *options])
db = duckdb.connect()
db.execute(f"CREATE TABLE changes AS SELECT * FROM read_json({read})")

said = {}
for field in fields.split(","):
    path, _, money = field.partition(":")
    name = ".".join(f'"{part}"' for part in path.split("."))
    try:
        kind = db.execute(f"SELECT typeof({name}) FROM changes LIMIT 1").fetchone()[0]
    except duckdb.BinderException:  # no such column
        said[path] = {"type": "", "count": 0, "sum": 0, "last": ""}
        continue
    total = "0"
    if money:
        total = f"CAST(100 * sum(CAST({name} AS DECIMAL(18, 2))) AS BIGINT)"
    elif kind in ("BIGINT", "DOUBLE"):
        total = f"sum({name})"
    count, total = db.execute(f"SELECT count({name}), {total} FROM changes").fetchone()
    last = db.execute(f"SELECT {name} FROM changes WHERE customer_id = 'last'").fetchone()[0]
    said[path] = {"type": kind, "count": count, "sum": total or 0, "last": repr(last) if kind == "DOUBLE" else ""}
json.dump(said, sys.stdout)
