package mapping

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv/history"
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

// takes also looks at the record's headers.
func (m *Mapping) takes(e *evaluation) bool {
	for _, h := range m.headers {
		if f := e.header(h.name); f.bytes == nil || string(f.bytes) != h.value {
			return false
		}
	}
	return true
}

// fileKeys are the keys of a mapping file.
var fileKeys = []string{"preset", "with", "records", "envelope", "registry", "batch", "replica_identity", "variables", "rules"}

// compiler compiles one mapping.
type compiler struct {
	*Mapping
	levels  []*level // of the scope that is compiled: of the value, then of for_each
	sources int      // that were counted
}

// count refuses a file that comes to more than can be meant.
func (c *compiler) count(n node) error {
	if c.sources++; c.sources > mostSources {
		return n.fail("the file has more than %d fields and conditions", mostSources)
	}
	return nil
}

// Parse compiles a mapping file. name is for errors, and the mapping's own name without its
// folder and .yaml. The error is a *FileError.
func Parse(name string, text []byte) (*Mapping, error) {
	n, err := readFile(name, text)
	if err != nil {
		return nil, err
	}
	return compile(n, strings.TrimSuffix(path.Base(strings.ReplaceAll(name, `\`, "/")), ".yaml"))
}

func compile(n node, name string) (*Mapping, error) {
	entries, err := n.table(fileKeys...)
	if err != nil {
		return nil, err
	}
	c := &compiler{Mapping: &Mapping{Name: name, variables: map[string]*variable{}, wanted: withEnvelopes(), slots: slotsOfEnvelopes}}
	c.levels = []*level{{wanted: c.wanted}}
	files, err := c.withPreset(n, entries)
	if err != nil {
		return nil, err
	}
	for _, read := range []func([]entry) error{c.readHead, c.readVariables, c.readRules} {
		for _, file := range files {
			if err := read(file); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case len(c.topics) == 0:
		return nil, n.fail("records.topics is missing: name the topics whose records the mapping is for")
	case len(c.rules) == 0:
		return nil, n.fail("rules are missing: give some, or a preset (%s)", strings.Join(Presets(), ", "))
	}
	c.slots = c.levels[0].slots
	return c.Mapping, nil
}

// readHead reads what is said once: a file stands before its preset.
func (c *compiler) readHead(entries []entry) (err error) {
	for _, e := range entries {
		switch e.name {
		case "records":
			if c.topics == nil {
				err = c.readRecords(e.node)
			}
		case "envelope":
			var at int
			if at, err = e.choice(envelopeModes); c.envelope == anyEnvelope {
				c.envelope = envelopeMode(at)
			}
		case "registry":
			if c.written == nil {
				err = c.readRegistry(e.node)
			}
		case "batch":
			if c.batch == nil {
				err = c.readBatch(e.node)
			}
		case "replica_identity":
			var at int
			at, err = e.choice([]string{"default", "full"})
			c.whole = c.whole || at == 1
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBatch reads where a value may hold several records.
func (c *compiler) readBatch(n node) error {
	words, err := n.words()
	if err != nil {
		return err
	}
	for _, word := range words {
		p, err := parsePath(word)
		if err == nil && (p.root != ofValue || p.hasEach()) {
			return n.fail("%s: a batch is an array of the value", word)
		}
		if err != nil {
			return n.wrong(err)
		}
		at, err := c.place(p)
		if err != nil {
			return n.wrong(err)
		}
		c.batch = append(c.batch, at)
	}
	return nil
}

func (c *compiler) readRecords(n node) error {
	entries, err := n.table("topics", "headers")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.name == "headers" {
			if err := c.readHeaderConditions(e.node); err != nil {
				return err
			}
			continue
		}
		if c.topics, err = e.words(); err != nil {
			return err
		}
		for _, topic := range c.topics {
			if _, err := path.Match(topic, ""); err != nil {
				return e.fail("%q is no topic, nor a pattern with * and ?", topic)
			}
		}
	}
	return nil
}

func (c *compiler) readHeaderConditions(n node) error {
	entries, err := n.table()
	if err != nil {
		return err
	}
	for _, e := range entries {
		value, err := e.word()
		if err != nil {
			return err
		}
		c.headers = append(c.headers, headerCondition{e.name, value})
	}
	return nil
}

func (c *compiler) readVariables(entries []entry) error {
	for _, e := range entries {
		if e.name == "variables" {
			return readVariables(e.node, c.variables)
		}
	}
	return nil
}

func (c *compiler) readRules(entries []entry) error {
	c.levels[0].slots = max(c.levels[0].slots, slotsOfEnvelopes)
	for _, e := range entries {
		if e.name != "rules" {
			continue
		}
		items, err := e.list()
		if err != nil {
			return err
		}
		for _, item := range items {
			r, err := c.readRule(item)
			if err != nil {
				return err
			}
			c.rules = append(c.rules, r)
		}
	}
	return nil
}

func (c *compiler) readRule(n node) (r rule, err error) {
	entries, err := n.table("name", "when", "skip", "events")
	if err != nil {
		return r, err
	}
	r.name = fmt.Sprint(len(c.rules) + 1)
	for _, e := range entries {
		switch e.name {
		case "name":
			r.name, err = e.word()
		case "when":
			r.when, err = c.condition(e.node)
		case "skip":
			r.skip, err = e.reason()
		case "events":
			r.events, err = c.readEvents(e.node)
		}
		if err != nil {
			return r, err
		}
	}
	if (r.skip == "") == (len(r.events) == 0) {
		return r, n.fail("want either events, or skip with the reason")
	}
	return r, nil
}

// reason is a label of metrics: few and short, and nothing that a record says.
func (n node) reason() (string, error) {
	word, err := n.word()
	if err == nil && (len(word) > 40 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "") {
		err = n.fail("%q: a reason is of up to 40 letters, digits and _, such as test_order", word)
	}
	return word, err
}

func (c *compiler) condition(n node) (*expression, error) {
	text, err := n.word()
	if err == nil {
		err = c.count(n)
	}
	if err != nil {
		return nil, err
	}
	x, err := c.expression(text, cel.BoolType)
	return x, n.wrong(err)
}

func (c *compiler) readEvents(n node) (events []eventRule, err error) {
	items, err := n.list()
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		ev, err := c.readEvent(item)
		if err != nil {
			return nil, err
		}
		events = append(events, ev)
	}
	return events, nil
}

// readEvent reads for_each first: what the rest may name depends on it.
func (c *compiler) readEvent(n node) (ev eventRule, err error) {
	entries, err := n.table("type", "copy", "for_each", "when", "fields")
	if err != nil {
		return ev, err
	}
	defer func() { c.levels = c.levels[:1] }()
	slices.SortStableFunc(entries, func(a, b entry) int { return order(a.name) - order(b.name) })
	for _, e := range entries {
		switch e.name {
		case "for_each":
			err = c.enter(e.node, &ev)
		case "type":
			err = c.readType(e.node, &ev)
		case "when":
			ev.when, err = c.condition(e.node)
		case "fields":
			err = c.readFields(e.node, &ev)
		case "copy":
			err = c.readCopy(e.node, &ev)
		}
		if err != nil {
			return ev, err
		}
	}
	if !ev.has(event.FieldType) {
		return ev, n.fail("type is missing: order.placed, order.refunded, …")
	}
	for i := range ev.levels {
		ev.levels[i].slots = c.levels[i+1].slots
	}
	return ev, nil
}

// order is that of reading: for_each says what the rest may name, and copy adds what no other
// key has filled.
func order(key string) int {
	return slices.Index([]string{"for_each", "type", "when", "fields", "copy"}, key)
}

func (ev *eventRule) has(field event.Field) bool {
	return slices.ContainsFunc(ev.fields, func(f fieldRule) bool { return f.field == field })
}

// readType reads the type of an event: one of ours, or where the record says it.
func (c *compiler) readType(n node, ev *eventRule) error {
	if n.Kind != yaml.ScalarNode || isPath(n.Value) {
		spec, err := readSource(n, typesOf[event.FieldCurrency])
		if err != nil {
			return err
		}
		return c.fill(n, ev, event.FieldType, spec)
	}
	if _, known := history.ParseKind(n.Value); !known {
		return n.fail("%q is neither a path nor a type of event; there are %s", n.Value, strings.Join(kindsOfEvents(), ", "))
	}
	quoted := []byte(`"` + n.Value + `"`)
	return c.fill(n, ev, event.FieldType, &sourceSpec{constant: quoted})
}

func kindsOfEvents() (names []string) {
	for kind := history.OrderPlaced; kind <= history.RefundReverted; kind++ {
		if _, known := history.ParseKind(kind.String()); known {
			names = append(names, kind.String())
		}
	}
	return names
}

// readCopy reads where an event of ours is already, whose members are taken as they are.
func (c *compiler) readCopy(n node, ev *eventRule) error {
	word, err := n.word()
	if err != nil {
		return err
	}
	for field := range event.FieldCount {
		if ev.has(field) {
			continue
		}
		p, err := parsePath(word + "." + field.String())
		if err != nil {
			return n.wrong(err)
		}
		if err := c.fill(n, ev, field, &sourceSpec{paths: []fieldPath{p}, convert: convertAsIs}); err != nil {
			return err
		}
		ev.fields[len(ev.fields)-1].copied = true
	}
	return nil
}

func (c *compiler) fill(n node, ev *eventRule, field event.Field, spec *sourceSpec) error {
	if err := c.count(n); err != nil {
		return err
	}
	bound, err := c.bind(spec)
	ev.fields = append(ev.fields, fieldRule{field: field, source: bound})
	return n.wrong(err)
}

func (c *compiler) readFields(n node, ev *eventRule) error {
	entries, err := n.table(fieldNames()...)
	if err != nil {
		return err
	}
	for _, e := range entries {
		field := fieldsByName[e.name]
		spec, err := readSource(e.node, typesOf[field])
		if err != nil {
			return err
		}
		if err := c.fill(e.node, ev, field, spec); err != nil {
			return err
		}
	}
	return nil
}
