"""Parses changes with types that datamodel-code-generator made, and says what it got.

usage: parse.py TYPES FILE
"""
import importlib.util
import json
import sys

from pydantic import ValidationError

types, file = sys.argv[1:]
spec = importlib.util.spec_from_file_location("types_of_changes", types)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)


def said(line):
    try:
        change = module.ClvChanged.model_validate_json(line)
    except ValidationError as refusal:
        return {"refused": str(refusal)}
    return {
        "customer_id": change.customer_id,
        "version": change.version,
        "reason": change.reason,
        "cause_type": change.cause.type,
        "as_of_millis": round(change.as_of.root.timestamp() * 1000),
        "current": change.clv.current.root,
        "p_alive": change.p_alive,
        "days_between_orders": change.days_between_orders,
        "silence_days": change.stage.silence_days if change.stage else None,
        "added": (change.model_extra or {}).get("added"),
        "added_to_cause": (change.cause.model_extra or {}).get("added"),
    }


with open(file, "rb") as lines:
    json.dump([said(line) for line in lines], sys.stdout)
