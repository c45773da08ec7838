package mapping

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/stream/event"
)

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
	for _, kind := range history.Kinds() {
		names = append(names, kind.String())
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
