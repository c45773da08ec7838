package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// FileError is what is wrong with a mapping file, and where.
type FileError struct {
	File string
	Line int    // counted from 1; 0: unknown
	At   string // such as rules[0].events[1].fields.amount; empty: the file
	Text string
}

// Error is the place and the fault on one line, or on several where it shows a caret.
func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.At != "" {
		b.WriteString(e.At + ": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// node is a part of a file, and how it is reached.
type node struct {
	*yaml.Node
	file string
	at   string
	from *given // nil: of no preset
}

// given are the words for a preset's parameters, by the nodes that stand for them in it.
type given struct {
	file       string
	parameters map[*yaml.Node]string
}

// fail says what is wrong at a node. If it stands for a preset's parameter, it is wrong where
// it was given.
func (n node) fail(format string, values ...any) error {
	text := fmt.Sprintf(format, values...)
	if n.from != nil && n.from.parameters[n.Node] != "" {
		return &FileError{File: n.from.file, Line: n.Line, At: "with." + n.from.parameters[n.Node], Text: fmt.Sprintf("%s (as %s of the %s)", text, n.at, n.file)}
	}
	return &FileError{File: n.file, Line: n.Line, At: n.at, Text: text}
}

// part is a part of a node.
func (n node) part(of *yaml.Node, at string) node { return node{of, n.file, at, n.from} }

// Limits of a file. Aliases make a short file long: what it comes to is counted, too.
const (
	mostFileBytes = 1 << 20
	mostItems     = 10_000 // of one list or table
	mostSources   = 10_000 // fields of all events of a file, and its conditions
)

// wrong is fail for an error that another room gave.
func (n node) wrong(err error) error {
	if err == nil {
		return nil
	}
	return n.fail("%v", err)
}

// readFile reads one YAML document.
func readFile(name string, text []byte) (node, error) {
	n := node{file: name}
	if len(text) > mostFileBytes {
		return n, &FileError{File: name, Text: fmt.Sprintf("has more than %d bytes", mostFileBytes)}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	err := decoder.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		return n, &FileError{File: name, Text: "is empty: give a preset, or rules"}
	case err != nil:
		return n, &FileError{File: name, Text: "is not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	case !errors.Is(decoder.Decode(&second), io.EOF):
		return n, &FileError{File: name, Text: "holds more than one document; give one mapping a file"}
	}
	n.Node = doc.Content[0]
	return n, nil
}

// entry is a key of a table with what stands behind it.
type entry struct {
	name string
	node
}

// table is the entries of a table, whose keys are among those allowed; none allowed: any is.
func (n node) table(allowed ...string) ([]entry, error) {
	if n.Kind != yaml.MappingNode {
		return nil, n.fail("want a table of %s", strings.Join(allowed, ", "))
	}
	if len(n.Content) > 2*mostItems {
		return nil, n.fail("has more than %d keys", mostItems)
	}
	met := map[string]bool{}
	var entries []entry
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, name := n.Content[i], n.Content[i].Value
		at := n.part(key, joined(n.at, name))
		switch {
		case key.Kind != yaml.ScalarNode:
			return nil, at.fail("a key must be a plain word")
		case met[name]:
			return nil, at.fail("is given twice")
		case len(allowed) > 0 && !slices.Contains(allowed, name):
			return nil, at.fail("unknown key%s; allowed here: %s", nearest(name, allowed), strings.Join(allowed, ", "))
		}
		met[name] = true
		entries = append(entries, entry{name, n.part(follow(n.Content[i+1]), at.at)})
	}
	return entries, nil
}

func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func joined(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// nearest proposes an allowed word that begins or ends alike.
func nearest(name string, allowed []string) string {
	for _, a := range allowed {
		if len(name) > 2 && (strings.HasPrefix(a, name[:3]) || strings.HasSuffix(a, name[len(name)-3:])) {
			return ", did you mean " + a + "?"
		}
	}
	return ""
}

// list is the items of a list.
func (n node) list() ([]node, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, n.fail("want a list")
	}
	if len(n.Content) > mostItems {
		return nil, n.fail("has more than %d items", mostItems)
	}
	items := make([]node, len(n.Content))
	for i, item := range n.Content {
		items[i] = n.part(follow(item), fmt.Sprintf("%s[%d]", n.at, i))
	}
	return items, nil
}

// word is a text.
func (n node) word() (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", n.fail("want a text")
	}
	return n.Value, nil
}

// words are a text or a list of them.
func (n node) words() ([]string, error) {
	if n.Kind == yaml.ScalarNode {
		word, err := n.word()
		return []string{word}, err
	}
	items, err := n.list()
	if err != nil {
		return nil, err
	}
	words := make([]string, len(items))
	for i, item := range items {
		if words[i], err = item.word(); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// choice is one of some words.
func (n node) choice(of []string) (int, error) {
	word, err := n.word()
	if err != nil {
		return 0, err
	}
	at := slices.Index(of, word)
	if at < 0 {
		return 0, n.fail("%q%s; want %s", word, nearest(word, of), strings.Join(of, ", "))
	}
	return at, nil
}
