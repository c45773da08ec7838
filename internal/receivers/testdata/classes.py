"""Reads changes as the printed dataclasses, and writes these again.

usage: classes.py TYPES FILE
"""
import dataclasses
import datetime
import importlib.util
import json
import sys

types, file = sys.argv[1:]
spec = importlib.util.spec_from_file_location("clv_changed", types)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)


def plain(value):
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


with open(file, encoding="utf-8") as lines:
    changes = [module.ClvChanged.of(json.loads(line)) for line in lines]
json.dump([dataclasses.asdict(change) for change in changes], sys.stdout, default=plain)
