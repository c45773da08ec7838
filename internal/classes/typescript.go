package classes

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
)

var typeScriptTypes = map[change.Type]string{
	change.Text: "string", change.Count: "number", change.Number: "number", change.Money: "Amount", change.Time: "Instant", change.Day: "Day", change.Truth: "boolean",
}

func printTypeScript() string {
	var b strings.Builder
	b.WriteString(`// ` + printed + `
//
//     const change: ClvChanged = JSON.parse(text);

/** A decimal in major units, as text: no number holds it. */
export type Amount = string;

/** RFC 3339 in UTC, to the microsecond: a Date holds milliseconds. */
export type Instant = string;

/** An ISO 8601 date. */
export type Day = string;
`)
	typeScriptInterface(&b, "ClvChanged", "A customer's lifetime value changed", topMembers())
	for _, o := range named() {
		typeScriptInterface(&b, camel(o.Name, true), o.Description(), members(o))
	}
	return b.String()
}

func typeScriptInterface(b *strings.Builder, name, about string, all []member) {
	fmt.Fprintf(b, "\n/** %s. */\nexport interface %s {\n", javadoc(about), name)
	for _, m := range all {
		of, mark := camel(m.name, true), ""
		if m.field != nil {
			of = typeScriptOf(m.field)
		}
		if m.null {
			of += " | null"
		}
		if m.absent {
			mark = "?"
		}
		fmt.Fprintf(b, "    /** %s. */\n    %s%s: %s;\n", javadoc(m.about), m.name, mark, of)
	}
	b.WriteString("}\n")
}

// typeScriptOf is a field's type: its words, unless others may be added.
func typeScriptOf(f *change.Field) string {
	if f.Words == nil || f.Grows {
		return typeScriptTypes[f.Type]
	}
	var words []string
	for _, w := range f.Words {
		words = append(words, strconv.Quote(w.Name))
	}
	return strings.Join(words, " | ")
}
