package mapping

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// root is what a path begins at.
type root int

const (
	ofValue     root = iota // the record's value, within its envelope
	ofKey                   // the record's key
	ofHeaders               // a header of the record
	ofEnvelope              // an attribute of the CloudEvents envelope
	ofItem                  // the element of for_each
	ofParent                // the element around it
	ofTopic                 // the record's topic
	ofPartition             // its partition
	ofOffset                // its offset
	ofTimestamp             // its timestamp, in milliseconds
	ofIndex                 // the number of the element of for_each, from 0
)

var rootNames = []string{"value", "key", "headers", "envelope", "item", "parent", "topic", "partition", "offset", "timestamp", "index"}

func (r root) String() string { return rootNames[r] }

// step goes from a value to a member of it, to one element, or to each.
type step struct {
	name  string
	index int // of an element; -1: a member
	each  bool
	json  bool // into the JSON that a text holds
}

// fieldPath names a value of a record.
type fieldPath struct {
	root  root
	steps []step
	text  string
}

func (p fieldPath) String() string { return p.text }

// parsePath reads a path such as value.after.id, headers["ce-type"], value.lines[0].price,
// value.context.json().id into a text that holds JSON or, where each is allowed,
// value.refunds[*].
func parsePath(text string) (fieldPath, error) {
	p := fieldPath{text: text}
	name, rest := cutName(text)
	at := slices.Index(rootNames, name)
	if at < 0 {
		return p, fmt.Errorf("a path begins with %s; %q does not", strings.Join(rootNames, ", "), text)
	}
	p.root = root(at)
	for rest != "" {
		var s step
		var err error
		if s, rest, err = cutStep(rest); err != nil {
			return p, fmt.Errorf("the path %q: %w", text, err)
		}
		p.steps = append(p.steps, s)
	}
	return p, p.check()
}

// check says what a root needs behind it.
func (p fieldPath) check() error {
	switch n := len(p.steps); {
	case p.root >= ofTopic && n > 0:
		return fmt.Errorf("the path %q: %s has no members", p.text, p.root)
	case (p.root == ofHeaders || p.root == ofEnvelope) && (n != 1 || p.steps[0].index >= 0):
		return fmt.Errorf("the path %q: want %s.NAME", p.text, p.root)
	case p.root == ofEnvelope && !slices.Contains(attributeNames, p.steps[0].name):
		return fmt.Errorf("the path %q: an envelope has %s", p.text, strings.Join(attributeNames, ", "))
	}
	return nil
}

// isPath says whether a word is meant as a path.
func isPath(word string) bool {
	name, rest := cutName(word)
	return slices.Contains(rootNames, name) && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func (p fieldPath) hasEach() bool {
	return slices.ContainsFunc(p.steps, func(s step) bool { return s.each })
}

// cutName takes the letters, digits, _ and - at the beginning.
func cutName(text string) (name, rest string) {
	for i := range len(text) {
		c := text[i]
		if !(isDigit(c) || c == '_' || c == '-' || c == '$' || c == '@' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80) {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

func cutStep(text string) (s step, rest string, err error) {
	if text[0] == '.' {
		if rest, s.json = strings.CutPrefix(text[1:], "json()"); s.json {
			s.index = -1
			return s, rest, nil
		}
		if s.name, rest = cutName(text[1:]); s.name == "" {
			return s, "", fmt.Errorf(`want a name after the point, or ["any name"]`)
		}
		s.index = -1
		return s, rest, nil
	}
	end := strings.IndexByte(text, ']')
	if text[0] == '[' && len(text) > 1 && text[1] == '"' {
		if end = strings.Index(text, `"]`); end >= 2 {
			return step{name: text[2:end], index: -1}, text[end+2:], nil
		}
	}
	if text[0] != '[' || end < 2 {
		return s, "", fmt.Errorf(`want .name, ["any name"], [0] or [*] at %q`, text)
	}
	if text[1:end] == "*" {
		return step{index: -1, each: true}, text[end+1:], nil
	}
	s.index, err = strconv.Atoi(text[1:end])
	if err != nil || s.index < 0 || s.index > 9999 {
		return s, "", fmt.Errorf("%q is no element: want 0 to 9999", text[:end+1])
	}
	return s, text[end+1:], nil
}
