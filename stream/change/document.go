package change

import (
	"fmt"
	"strings"
)

// Markdown is the table of fields in docs/events.md, and one for each field whose
// words need a sentence.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| field | type | what it says |\n|---|---|---|\n")
	for i := range table {
		o := &table[i]
		if o.Name != "" {
			fmt.Fprintf(&b, "| `%s` | object | %s |\n", o.Name, sentence(o.About, "absent", o.Absent))
		}
		for j := range o.Fields {
			f := &o.Fields[j]
			about := f.describe()
			if f.Words != nil {
				about += ": " + f.wordList()
				if f.Grows {
					about += "; others may be added"
				}
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Path, f.Type, about)
		}
	}
	paths := map[*Word][]string{} // of the fields that have the same words
	for f := range Fields() {
		if f.Words != nil {
			paths[&f.Words[0]] = append(paths[&f.Words[0]], "`"+f.Path+"`")
		}
	}
	for f := range Fields() {
		if f.Words == nil || paths[&f.Words[0]] == nil {
			continue
		}
		fmt.Fprintf(&b, "\n| %s | when |\n|---|---|\n", strings.Join(paths[&f.Words[0]], ", "))
		paths[&f.Words[0]] = nil
		for _, w := range f.Words {
			fmt.Fprintf(&b, "| `%s` | %s |\n", w.Name, w.About)
		}
	}
	return b.String()
}

// wordList is what the field may be, on one line.
func (f *Field) wordList() string {
	names := make([]string, len(f.Words))
	for i, w := range f.Words {
		names[i] = "`" + w.Name + "`"
	}
	return strings.Join(names, ", ")
}
