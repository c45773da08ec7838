package config

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// layout is how a configuration is written: what stands above a section and a
// setting, and behind a value. Any of them may be nil.
type layout struct {
	section  func(name string) string
	above    func(Setting) string
	trailing func(Setting) string
}

// write writes settings as nested YAML. What may not stand in a file becomes a
// comment.
func write(w io.Writer, all []Setting, lay layout) error {
	var b strings.Builder
	var open []string
	for _, s := range all {
		path := strings.Split(s.Key, ".")
		open = openSections(&b, open, path[:len(path)-1], lay)
		indent := strings.Repeat("  ", len(path)-1)
		if lay.above != nil {
			comment(&b, indent, lay.above(s))
		}
		line := indent + lastPart(s.Key) + ": " + s.Value
		if !s.inFile {
			line = indent + "# " + lastPart(s.Key) + ": " + s.Value
		}
		line = strings.TrimRight(line, " ")
		if lay.trailing != nil {
			line = fmt.Sprintf("%-42s # %s", line, lay.trailing(s))
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// openSections writes the headings between the sections that are open and those
// that are wanted.
func openSections(b *strings.Builder, open, wanted []string, lay layout) []string {
	same := 0
	for same < len(open) && same < len(wanted) && open[same] == wanted[same] {
		same++
	}
	for depth := same; depth < len(wanted); depth++ {
		indent := strings.Repeat("  ", depth)
		if lay.section != nil {
			b.WriteString("\n")
			comment(b, indent, lay.section(strings.Join(wanted[:depth+1], ".")))
		}
		b.WriteString(indent + wanted[depth] + ":\n")
	}
	return wanted
}

// comment writes a text as comment lines of a readable width.
func comment(b *strings.Builder, indent, text string) {
	const width = 100
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := indent + "#"
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+1+len(word) > width {
				b.WriteString(line + "\n")
				line = indent + "#"
			}
			line += " " + word
		}
		b.WriteString(line + "\n")
	}
}

// flowText is a value on one line, as it would stand in a file.
func flowText(n *yaml.Node) string {
	text, err := yaml.Marshal(n)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
