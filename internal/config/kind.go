package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxScalarBytes bounds one value; the longest that makes sense is a path.
const maxScalarBytes = 4096

// kind is one type of value: what is allowed, how it is read and shown.
type kind[V any] struct {
	word     string // what flag help calls the value
	allowed  string // completes "give …"
	read     func(*yaml.Node) (V, []flaw)
	node     func(V) *yaml.Node
	fromText func(string) (*yaml.Node, error) // from a variable or a flag
}

// flaw is something wrong with a node of YAML.
type flaw struct {
	at   *yaml.Node
	path string // below the setting, such as "[2].rate"
	text string
}

// scalar is a kind written as one word. A nil parse result is reported as "not
// allowed; give …", so parse needs only to say yes or no.
func scalar[V any](word, allowed string, parse func(string) (V, bool), format func(V) string, tag string) kind[V] {
	return kind[V]{
		word:    word,
		allowed: allowed,
		read: func(n *yaml.Node) (V, []flaw) {
			text, problem := scalarText(n)
			if problem == "" {
				if v, ok := parse(text); ok {
					return v, nil
				}
				problem = quote(text) + " is not allowed"
			}
			var none V
			return none, []flaw{{at: n, text: problem + "; give " + allowed}}
		},
		node:     func(v V) *yaml.Node { return scalarNode(format(v), tag) },
		fromText: func(text string) (*yaml.Node, error) { return scalarNode(text, "!!str"), nil },
	}
}

// scalarText is a node's text exactly as written, whatever YAML would make of
// it: no is a word here, and 0.10 keeps its zero.
func scalarText(n *yaml.Node) (text, problem string) {
	n = follow(n)
	switch {
	case n.Style&yaml.TaggedStyle != 0:
		return "", fmt.Sprintf("a tag (%s) is not understood", n.Tag)
	case n.Kind == yaml.SequenceNode:
		return "", "a list is not allowed"
	case n.Kind == yaml.MappingNode:
		return "", "a table is not allowed"
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null":
		return "", "there is no value"
	case len(n.Value) > maxScalarBytes:
		return "", fmt.Sprintf("the value is longer than %d bytes", maxScalarBytes)
	}
	return n.Value, ""
}

// follow is the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// scalarNode makes a node; the tag "!!str" has it quoted where YAML would read
// something else.
func scalarNode(text, tag string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}
