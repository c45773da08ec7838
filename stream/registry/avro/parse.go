package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/clvstream/clvstream/stream/registry/jsonform"
)

// maxDepth bounds how deep a schema's types may be nested as they are written.
const maxDepth = jsonform.MaxDepth

// maxFixedBytes bounds a fixed: the value has to bring as many bytes.
const maxFixedBytes = 1 << 20

// Parse reads a schema, after the schemas that it names and that are registered on their own,
// each before those that name it.
func Parse(text []byte, references ...[]byte) (*Schema, error) {
	p := parser{named: map[string]*node{}}
	for _, reference := range references {
		if _, err := p.document(reference); err != nil {
			return nil, fmt.Errorf("parse referenced Avro schema: %w", err)
		}
	}
	root, err := p.document(text)
	if err != nil {
		return nil, fmt.Errorf("parse Avro schema: %w", err)
	}
	return &Schema{root}, nil
}

type parser struct {
	named map[string]*node // by full name
	depth int
}

func (p *parser) document(text []byte) (*node, error) {
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, errors.New("it is no JSON")
	}
	return p.node(schema, "")
}

// node reads a type that stands in a namespace.
func (p *parser) node(schema any, namespace string) (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	switch s := schema.(type) {
	case string:
		return p.byName(s, namespace)
	case []any:
		return p.union(s, namespace)
	case map[string]any:
		return p.object(s, namespace)
	default:
		return nil, errors.New("a type is neither a name, nor an object, nor a union")
	}
}

func (p *parser) byName(name, namespace string) (*node, error) {
	if k, ok := kinds[name]; ok && k <= kindString {
		return &node{kind: k, name: name}, nil
	}
	if n, ok := p.named[fullName(name, namespace)]; ok {
		return n, nil
	}
	if n, ok := p.named[name]; ok { // a name without a namespace may mean one of none
		return n, nil
	}
	return nil, fmt.Errorf("no type %q is defined before it is used, nor among the references", name)
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func (p *parser) union(branches []any, namespace string) (*node, error) {
	n := &node{kind: kindUnion}
	for _, b := range branches {
		branch, err := p.node(b, namespace)
		if err != nil {
			return nil, err
		}
		if branch.kind == kindUnion {
			return nil, errors.New("a union holds a union")
		}
		n.branches = append(n.branches, branch)
	}
	return n, nil
}

func (p *parser) object(s map[string]any, namespace string) (*node, error) {
	name, isName := s["type"].(string)
	if !isName { // {"type": {…}} says no more than what it holds
		return p.node(s["type"], namespace)
	}
	n := &node{kind: kinds[name], name: name}
	var err error
	switch n.kind {
	case kindRecord, kindEnum, kindFixed:
		err = p.define(n, s, namespace)
	case kindArray:
		n.items, err = p.node(s["items"], namespace)
	case kindMap:
		n.items, err = p.node(s["values"], namespace)
	case 0:
		return p.byName(name, namespace)
	}
	if err != nil {
		return nil, err
	}
	n.mean(s)
	return n, nil
}

// define reads a type with a name, which what it holds may name.
func (p *parser) define(n *node, s map[string]any, namespace string) error {
	name, _ := s["name"].(string)
	if name == "" {
		return errors.New("a record, an enum or a fixed has no name")
	}
	if own, given := s["namespace"].(string); given {
		namespace = own
	}
	n.name = fullName(name, namespace)
	if at := strings.LastIndexByte(n.name, '.'); at >= 0 {
		namespace = n.name[:at]
	}
	if _, twice := p.named[n.name]; twice {
		return fmt.Errorf("the type %q is defined twice", n.name)
	}
	p.named[n.name] = n
	switch n.kind {
	case kindRecord:
		return p.fields(n, s, namespace)
	case kindEnum:
		return n.enum(s)
	default:
		size, ok := s["size"].(float64)
		if !ok || size < 0 || size > maxFixedBytes || size != float64(int(size)) {
			return fmt.Errorf("the size of the fixed %q is no whole number up to %d", n.name, maxFixedBytes)
		}
		n.size = int(size)
		return nil
	}
}

func (p *parser) fields(n *node, s map[string]any, namespace string) error {
	given, ok := s["fields"].([]any)
	if !ok {
		return fmt.Errorf("the record %q has no fields", n.name)
	}
	names := map[string]bool{}
	for _, g := range given {
		f, _ := g.(map[string]any)
		name, _ := f["name"].(string)
		if name == "" || names[name] {
			return fmt.Errorf("a field of the record %q has no name, or the name of another", n.name)
		}
		names[name] = true
		of, err := p.node(f["type"], namespace)
		if err != nil {
			return fmt.Errorf("field %q of the record %q: %w", name, n.name, err)
		}
		n.fields = append(n.fields, field{name: name, key: append(jsonform.Quoted(name), ':'), of: of})
	}
	return nil
}

func (n *node) enum(s map[string]any) error {
	given, _ := s["symbols"].([]any)
	for _, g := range given {
		symbol, ok := g.(string)
		if !ok {
			return fmt.Errorf("a symbol of the enum %q is no text", n.name)
		}
		n.symbols = append(n.symbols, symbol)
		n.quoted = append(n.quoted, jsonform.Quoted(symbol))
	}
	return nil
}
