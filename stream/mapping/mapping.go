package mapping

import (
	"path"
	"slices"

	"github.com/clvstream/clvstream/stream/event"
)

// Mapping is a compiled file. It may be used by any number of goroutines.
type Mapping struct {
	Name   string
	Preset string // that it builds on; empty: none

	topics   []string // exact, or with * and ?
	headers  []headerCondition
	envelope envelopeMode
	written  map[string]string // how values are written through a schema registry; nil: they are not
	plain    PlainReader       // that reads them
	batch    []place           // of arrays whose elements are records of their own
	whole    bool              // before may be read: the tables have REPLICA IDENTITY FULL
	rules    []rule

	variables map[string]*variable
	wanted    *branch // of the value
	slots     int
	keyWhole  bool    // a path names the key itself
	keyWanted *branch // nil: no path goes into it
	keySlots  int
}

type headerCondition struct{ name, value string }

// rule takes a record, and makes events of it or leaves it out.
type rule struct {
	name   string
	when   *expression // nil: it takes every record
	skip   string      // why it is left out; empty: it is not
	events []eventRule
}

// eventRule makes one event of the record, or of each element of an array.
type eventRule struct {
	levels []level
	when   *expression
	fields []fieldRule
}

// level is an array of which each element is taken.
type level struct {
	path   string
	list   place
	wanted *branch // of an element
	slots  int
}

type fieldRule struct {
	field  event.Field
	source source
	copied bool // by copy, and not named
}

// Takes says whether the mapping is for records of a topic.
func (m *Mapping) Takes(topic string) bool {
	return slices.ContainsFunc(m.topics, func(pattern string) bool {
		matches, _ := path.Match(pattern, topic) // it was checked
		return matches
	})
}

// Everywhere is the mapping for records of any topic: to try it before it is in use.
func (m *Mapping) Everywhere() *Mapping {
	other := *m
	other.topics = []string{"*"}
	return &other
}

// Topics are the topics, or patterns of them, whose records the mapping is for.
func (m *Mapping) Topics() []string { return m.topics }

// Rules is how many there are.
func (m *Mapping) Rules() int { return len(m.rules) }

// Named says whether one of some mappings names a topic. Unlike a decoder, it is safe for
// concurrent use.
func Named(mappings []*Mapping, topic string) bool {
	return slices.ContainsFunc(mappings, func(m *Mapping) bool { return m.Takes(topic) })
}

// takes also looks at the record's headers.
func (m *Mapping) takes(e *evaluation) bool {
	for _, h := range m.headers {
		if f := e.header(h.name); f.bytes == nil || string(f.bytes) != h.value {
			return false
		}
	}
	return true
}
