package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxItems bounds a list and a table: beyond any shop's need, and still little
// memory.
const maxItems = 100_000

// listWord tells a flag that repeats add up.
const listWord = "list"

// listOf is a list of at least one value, none of them twice. In a variable or
// a flag the values are separated by commas.
func listOf[V comparable](item kind[V]) kind[[]V] {
	return kind[[]V]{
		word:    listWord,
		allowed: "a list, each " + item.allowed,
		read:    func(n *yaml.Node) ([]V, []flaw) { return readList(n, item) },
		node: func(list []V) *yaml.Node {
			n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, v := range list {
				n.Content = append(n.Content, item.node(v))
			}
			return n
		},
		fromText: func(text string) (*yaml.Node, error) {
			n := &yaml.Node{Kind: yaml.SequenceNode}
			for part := range strings.SplitSeq(text, ",") {
				n.Content = append(n.Content, scalarNode(strings.TrimSpace(part), "!!str"))
			}
			return n, nil
		},
	}
}

// repeatedListOf is a list in which a value may come more than once.
func repeatedListOf[V comparable](item kind[V]) kind[[]V] {
	k := listOf(item)
	k.read = func(n *yaml.Node) ([]V, []flaw) { return readItems(n, item) }
	return k
}

// anyListOf is a list that may also be empty.
func anyListOf[V comparable](item kind[V]) kind[[]V] {
	k, some := listOf(item), listOf(item)
	k.allowed = "a list, or [], each " + item.allowed
	k.read = func(n *yaml.Node) ([]V, []flaw) {
		if n := follow(n); n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			return nil, nil
		}
		return some.read(n)
	}
	k.fromText = func(text string) (*yaml.Node, error) {
		if strings.TrimSpace(text) == "" {
			return &yaml.Node{Kind: yaml.SequenceNode}, nil
		}
		return some.fromText(text)
	}
	return k
}

func readList[V comparable](n *yaml.Node, item kind[V]) ([]V, []flaw) {
	seen := make(map[V]bool)
	once := item
	once.read = func(one *yaml.Node) (V, []flaw) {
		v, wrong := item.read(one)
		if len(wrong) == 0 && seen[v] {
			wrong = []flaw{{at: one, text: quote(follow(one).Value) + " is given twice"}}
		}
		seen[v] = true
		return v, wrong
	}
	return readItems(n, once)
}

func readItems[V any](n *yaml.Node, item kind[V]) ([]V, []flaw) {
	items, flaws := sequence(n, "a list of values, each "+item.allowed)
	if len(flaws) == 0 && len(items) == 0 {
		return nil, []flaw{{at: n, text: "the list is empty; give at least one value"}}
	}
	var list []V
	for i, one := range items {
		v, wrong := item.read(one)
		flaws = append(flaws, below(fmt.Sprintf("[%d]", i+1), wrong)...)
		if len(flaws) >= maxProblems {
			break
		}
		list = append(list, v)
	}
	return list, flaws
}

// column is one field of a record: a row of a table, or the whole Config.
type column[R any] struct {
	name     string
	required bool
	allowed  string
	read     func(*R, *yaml.Node) []flaw
	node     func(*R) *yaml.Node
}

// col ties a field to its kind.
func col[R, V any](name string, required bool, at func(*R) *V, k kind[V]) column[R] {
	return column[R]{
		name:     name,
		required: required,
		allowed:  k.allowed,
		read: func(record *R, n *yaml.Node) []flaw {
			v, flaws := k.read(n)
			if len(flaws) == 0 {
				*at(record) = v
			}
			return flaws
		},
		node: func(record *R) *yaml.Node { return k.node(*at(record)) },
	}
}

// tableOf is a list of records, possibly none. In a variable or a flag it is
// written in YAML or JSON.
func tableOf[R any](columns ...column[R]) kind[[]R] {
	names := make([]string, len(columns))
	parts := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
		parts[i] = c.name + " (" + c.allowed + ")"
		if !c.required {
			parts[i] = c.name + " (optional: " + c.allowed + ")"
		}
	}
	allowed := "a list of tables, each with " + strings.Join(parts, ", ")
	return kind[[]R]{
		word:    "yaml",
		allowed: allowed,
		read: func(n *yaml.Node) ([]R, []flaw) {
			items, flaws := sequence(n, allowed)
			var rows []R
			for i, one := range items {
				row, wrong := readRow(one, names, columns)
				flaws = append(flaws, below(fmt.Sprintf("[%d]", i+1), wrong)...)
				if len(flaws) >= maxProblems {
					break
				}
				rows = append(rows, row)
			}
			return rows, flaws
		},
		node: func(rows []R) *yaml.Node {
			n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for i := range rows {
				n.Content = append(n.Content, rowNode(&rows[i], columns))
			}
			return n
		},
		fromText: parseYAML,
	}
}

func readRow[R any](n *yaml.Node, names []string, columns []column[R]) (R, []flaw) {
	var row R
	given, flaws := mapping(n, "a table with "+strings.Join(names, ", "))
	for _, p := range given {
		i := slices.Index(names, p.name)
		if i < 0 {
			flaws = append(flaws, unknown(p, nearest(p.name, names), names))
			continue
		}
		flaws = append(flaws, below("."+p.name, columns[i].read(&row, p.value))...)
	}
	if len(flaws) > 0 {
		return row, flaws
	}
	for _, c := range columns {
		if c.required && !slices.ContainsFunc(given, func(p pair) bool { return p.name == c.name }) {
			flaws = append(flaws, flaw{at: n, path: "." + c.name, text: "is missing; give " + c.allowed})
		}
	}
	return row, flaws
}

// rowNode leaves out an optional column that reads as its zero value.
func rowNode[R any](row *R, columns []column[R]) *yaml.Node {
	var empty R
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, c := range columns {
		value := c.node(row)
		if none := c.node(&empty); c.required || value.Value != none.Value || len(value.Content) != len(none.Content) {
			n.Content = append(n.Content, scalarNode(c.name, ""), value)
		}
	}
	return n
}

// below puts a step before the path of each flaw.
func below(step string, flaws []flaw) []flaw {
	for i := range flaws {
		flaws[i].path = step + flaws[i].path
	}
	return flaws
}
