package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// pair is a key of a mapping and what stands behind it.
type pair struct {
	key   *yaml.Node
	name  string
	value *yaml.Node
}

// mapping is the pairs of a mapping; a key that is given twice or is no plain
// word is a flaw. An empty node is a mapping without pairs: a section whose
// lines are all commented out.
func mapping(n *yaml.Node, wanted string) ([]pair, []flaw) {
	n = follow(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode || n.Style&yaml.TaggedStyle != 0 {
		return nil, []flaw{{at: n, text: "is not a table; give " + wanted}}
	}
	var pairs []pair
	var flaws []flaw
	lines := make(map[string]int)
	for i := 0; i+1 < len(n.Content) && len(flaws) < maxProblems; i += 2 {
		key := n.Content[i]
		first, twice := lines[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0 || len(key.Value) > maxScalarBytes:
			flaws = append(flaws, flaw{at: key, text: "a key must be a plain word"})
		case twice:
			flaws = append(flaws, flaw{at: key, path: "." + key.Value, text: fmt.Sprintf("is given twice, first in line %d", first)})
		default:
			lines[key.Value] = key.Line
			pairs = append(pairs, pair{key: key, name: key.Value, value: n.Content[i+1]})
		}
	}
	return pairs, flaws
}

// sequence is the items of a list.
func sequence(n *yaml.Node, wanted string) ([]*yaml.Node, []flaw) {
	n = follow(n)
	if n.Kind != yaml.SequenceNode || n.Style&yaml.TaggedStyle != 0 {
		return nil, []flaw{{at: n, text: "is not a list; give " + wanted}}
	}
	if len(n.Content) > maxItems {
		return nil, []flaw{{at: n, text: fmt.Sprintf("has %d items; at most %d are allowed", len(n.Content), maxItems)}}
	}
	return n.Content, nil
}

// unknown is the problem of an unknown key.
func unknown(p pair, meant string, allowed []string) flaw {
	text := "unknown key; allowed here: " + strings.Join(allowed, ", ")
	if meant != "" {
		text = fmt.Sprintf("unknown key; did you mean %s?", meant)
	}
	return flaw{at: p.key, path: "." + p.name, text: text}
}

// parseYAML is the one document of a text; a text without one is an empty node.
func parseYAML(text string) (*yaml.Node, error) {
	root, err := parseDocument([]byte(text))
	if err == nil {
		return root, nil
	}
	return nil, syntaxError{line: errorLine([]byte(text), problemOf(err)), problem: problemOf(err)}
}

// syntaxError is YAML that does not parse.
type syntaxError struct {
	line    int
	problem string
}

func (e syntaxError) Error() string { return "is not YAML: " + e.problem }

func parseDocument(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	err := decoder.Decode(&doc)
	if errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		return scalarNode("", "!!null"), nil
	}
	if err != nil {
		return nil, err
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, errors.New("a second document begins; one is allowed")
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return doc.Content[0], nil
}

// errorLine finds the line of a syntax error: the last one of the shortest
// beginning that fails alike. The library's own line is that of the construct
// around the error, or one less, or none.
func errorLine(data []byte, problem string) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	length := 0
	ends := make([]int, len(lines))
	for i, line := range lines {
		length += len(line)
		ends[i] = length
	}
	at := sort.Search(len(lines)-1, func(i int) bool {
		_, err := parseDocument(data[:ends[i]])
		return err != nil && problemOf(err) == problem
	})
	return at + 1
}

// problemOf is the library's message without its prefix and line.
func problemOf(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, found := strings.CutPrefix(text, "line "); found {
		if _, after, cut := strings.Cut(rest, ": "); cut {
			return after
		}
	}
	return text
}
