package classes

import (
	"fmt"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
)

// pythonTypes are those of fields, and how one is made of what json.loads gives.
var pythonTypes = map[change.Type][2]string{
	change.Text: {"str", "%s"}, change.Count: {"int", "%s"}, change.Number: {"float", "%s"}, change.Money: {"Decimal", "Decimal(%s)"},
	change.Time: {"datetime", "datetime.fromisoformat(%s)"}, change.Day: {"date", "date.fromisoformat(%s)"}, change.Truth: {"bool", "%s"},
}

func printPython() string {
	var b strings.Builder
	b.WriteString(`"""A customer's lifetime value changed.

` + printed + ` Needs Python 3.11 or later.

    change = ClvChanged.of(json.loads(record.value))

What may be missing is None.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Mapping
`)
	for _, o := range named() {
		pythonClass(&b, camel(o.Name, true), o.Description(), members(o))
	}
	pythonClass(&b, "ClvChanged", "A customer's lifetime value changed", topMembers())
	return b.String()
}

func pythonClass(b *strings.Builder, name, about string, all []member) {
	fmt.Fprintf(b, "\n\n@dataclass(frozen=True)\nclass %s:\n    \"\"\"%s.\"\"\"\n\n", name, about)
	for _, m := range all {
		of := camel(m.name, true)
		if m.field != nil {
			of = pythonTypes[m.field.Type][0]
		}
		if m.null || m.absent {
			of += " | None"
		}
		fmt.Fprintf(b, "    %s: %s  # %s\n", m.name, of, m.about)
	}
	fmt.Fprintf(b, "\n    @classmethod\n    def of(cls, said: Mapping[str, Any]) -> %s:\n        return cls(\n", name)
	for _, m := range all {
		fmt.Fprintf(b, "            %s=%s,\n", m.name, pythonValue(m))
	}
	b.WriteString("        )\n")
}

// pythonValue is the expression of a member's value.
func pythonValue(m member) string {
	made := camel(m.name, true) + ".of(%s)"
	if m.field != nil {
		made = pythonTypes[m.field.Type][1]
	}
	maybe := fmt.Sprintf("said.get(%q)", m.name)
	switch {
	case !m.null && !m.absent:
		return fmt.Sprintf(made, fmt.Sprintf("said[%q]", m.name))
	case made == "%s":
		return maybe
	default:
		return fmt.Sprintf(made, fmt.Sprintf("said[%q]", m.name)) + " if " + maybe + " is not None else None"
	}
}
