package classes

import (
	"fmt"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
)

// javaTypes are those of fields that are always there, and of those that may not be.
var javaTypes = map[change.Type][2]string{
	change.Text: {"String", "String"}, change.Count: {"long", "Long"}, change.Number: {"double", "Double"}, change.Money: {"BigDecimal", "BigDecimal"},
	change.Time: {"Instant", "Instant"}, change.Day: {"LocalDate", "LocalDate"}, change.Truth: {"boolean", "Boolean"},
}

func printJava() string {
	var b strings.Builder
	b.WriteString(`// ` + printed + `
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;

/**
 * A customer's lifetime value changed. Jackson 3 reads it; Jackson 2 needs jackson-datatype-jsr310.
 * What may be missing is null.
 */
`)
	javaRecord(&b, "", "ClvChanged", topMembers())
	b.WriteString(" {\n")
	for _, o := range named() {
		fmt.Fprintf(&b, "\n    /** %s. */\n", javadoc(o.Description()))
		javaRecord(&b, "    ", camel(o.Name, true), members(o))
		b.WriteString(" {}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func javaRecord(b *strings.Builder, indent, name string, all []member) {
	fmt.Fprintf(b, "%s@JsonIgnoreProperties(ignoreUnknown = true)\n%spublic record %s(", indent, indent, name)
	for i, m := range all {
		of := camel(m.name, true)
		if m.field != nil {
			of = javaTypes[m.field.Type][0]
			if m.null || m.absent {
				of = javaTypes[m.field.Type][1]
			}
		}
		end := ","
		if i == len(all)-1 {
			end = ")"
		}
		fmt.Fprintf(b, "\n%s        /* %s */\n%s        @JsonProperty(%q) %s %s%s", indent, javadoc(m.about), indent, m.name, of, camel(m.name, false), end)
	}
}

// javadoc is a sentence that may stand in a comment.
func javadoc(about string) string { return strings.ReplaceAll(about, "*/", "* /") }
