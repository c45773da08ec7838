package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Files that are made to go wrong are refused, at once and where the fault is.
func TestHostileFiles(t *testing.T) {
	const head = "records: {topics: [t]}\n"
	event := func(fields string) string {
		return head + "variables: {status: item.s, top: value.s}\nrules: [{name: x, events: [{type: order.placed, for_each: value.a, fields: {" + fields + "}}]}]"
	}
	debezium := func(with string) string {
		return head + "preset: debezium\nwith:\n  amount: value.after.total\n" + with
	}
	var bomb strings.Builder
	bomb.WriteString(head + "rules:\n  - events: &e0\n      - &e {type: order.placed, fields: &f {event_id: value.a, order_id: value.b, amount: value.c, currency: value.d, channel: value.e}}\n")
	bomb.WriteString("  - &r {events: [" + strings.TrimSuffix(strings.Repeat("*e, ", 1000), ", ") + "]}\n")
	bomb.WriteString(strings.Repeat("  - *r\n", 1000))
	for name, c := range map[string]struct{ text, want string }{
		"within itself":        {head + "rules: &r [{name: x, events: *r}]", "rules[0].events[0].name: unknown key"},
		"within itself, key":   {head + "rules: [&r {name: x, skip: *r}]", "rules[0].skip: want a text"},
		"bomb":                 {bomb.String(), "the file has more than 10000 fields and conditions"},
		"deep":                 {head + "rules: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "rules[0]: want a table"},
		"too deep":             {head + "rules: " + strings.Repeat("[", 20_000), "is not YAML"},
		"long":                 {head + strings.Repeat("# x\n", 300_000), "more than 1048576 bytes"},
		"many":                 {head + "preset: stripe\nvariables:\n  all: {const: [" + strings.Repeat("x,", 10_001) + "]}", "more than 10000 items"},
		"merge":                {head + "x: &x {skip: y}\nrules: [{<<: *x}]", "x: unknown key"},
		"item in a rule":       {head + "variables: {status: item.s}\nrules: [{when: 'status == \"x\"', skip: y}]", "status is item.s, which is there only in events that have for_each"},
		"German name":          {head + "variables: {währung: value.währung}\npreset: stripe", "letters (a to z)"},
		"digit first":          {head + "variables: {1a: value.a}\npreset: stripe", "begins with no digit"},
		"word of CEL":          {head + "variables: {in: value.a}\npreset: stripe", "variables.in: is a word of CEL"},
		"lower of an amount":   {event("amount: {path: item.a, lower: true}"), "m.yaml:3: rules[0].events[0].fields.amount.lower: is for type id, text, and this is of type decimal"},
		"scale of a decimal":   {event("amount: {path: item.a, scale: 2}"), "amount.scale: is for type minor, base64_decimal"},
		"round_to of an id":    {event("order_id: {path: item.a, round_to: 2}"), "order_id.round_to: is for type decimal"},
		"map of a join":        {event("order_id: {join: [item.a], map: {a: b}}"), "order_id.map: is for a path"},
		"nulls of a join":      {event("order_id: {join: [item.a], nulls: [a]}"), "order_id.nulls: is for a path"},
		"type of a constant":   {event("order_id: {const: x, type: id}"), "order_id.type: does nothing to a constant"},
		"default time":         {event("occurred_at: {path: item.a, default: yesterday}"), `"yesterday" is no RFC 3339 time`},
		"format's letters":     {event("occurred_at: {path: item.a, type: wall_clock, zone: UTC, format: DD.MMM.YYYY}"), `occurred_at.format: "DD.MMM.YYYY", at "M.YYYY": want YYYY`},
		"format without year":  {event("occurred_at: {path: item.a, type: wall_clock, zone: UTC, format: DD.MM.}"), `"DD.MM." lacks a year`},
		"format of a count":    {event("occurred_at: {path: item.a, type: unix, format: DD.MM.YYYY}"), "occurred_at.format: is for type wall_clock"},
		"comma of minor":       {event("amount: {path: item.a, type: minor, decimal_comma: true}"), "amount.decimal_comma: is for type decimal, number_as_text"},
		"default version":      {event("version: {path: item.a, default: 0x10}"), `"0x10" is no whole number`},
		"default amount":       {event("amount: {path: item.a, default: 1_000}"), `"1_000" is no amount`},
		"default probability":  {event("probability: {path: item.a, default: .5}"), `".5" is no number`},
		"join in join":         {event("order_id: {join: [[item.a]]}"), "order_id.join[0]: want one path, or a text"},
		"parameter of no file": {event("order_id: $order_id"), `a path begins with value, key`},
		"parameter in a join":  {debezium("  order_id: {path: value.after.no, lower: true}"), "m.yaml:5: with.order_id: want one path, or a text: a part of a join has no type and no second path (as rules[2].events[0].fields.event_id.join[6] of the preset debezium)"},
		"parameter's path":     {debezium("  customer_id: after.kunde"), `m.yaml:5: with.customer_id: a path begins with value`},
		"parameter's key":      {debezium("  customer_id: {path: value.after.kunde, zone: Europe/Berlin}"), "m.yaml:5: with.customer_id"},
		"parameter in itself":  {debezium("  customer_id: &x {path: *x}"), "m.yaml:5: with.customer_id"},
		"parameter as a list":  {debezium("  cancelled: [void, gone]"), "m.yaml:5: with.cancelled: a list of constants is {const: [void, …]}"},
	} {
		_, err := Parse("m.yaml", []byte(c.text))
		var at *FileError
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.300v, want %s", name, err, c.want)
		}
	}
}

// A path may have any names and more of them than a word has bits; the type of an event may be
// where the record says it.
func TestWideMapping(t *testing.T) {
	var variables, value strings.Builder
	for i := range 100 {
		fmt.Fprintf(&variables, "  v%d: 'value.wide[\"Nr. %d\"]'\n", i, i)
		fmt.Fprintf(&value, `"Nr. %d":"x",`, i)
	}
	m := must[*Mapping](t)(Parse("m.yaml", []byte("records: {topics: [t]}\nvariables:\n"+variables.String()+
		"rules:\n  - when: 'v0 == \"x\" && v99 == \"x\"'\n    events: [{type: value.typ, fields: {channel: 'value.wide[\"Nr. 70\"]'}}]\n"+
		"  - when: '"+strings.TrimSuffix(strings.Repeat("v0 == v1 || v98 == v70 || ", 5), "|| ")+"'\n    skip: never\n")))
	names := value.String()
	if got := memberOf(t, m, "type", `{"typ":"order.placed","wide":{`+strings.TrimSuffix(names, ",")+`}}`); got != `"order.placed"` {
		t.Errorf("type %s", got)
	}
	if got := memberOf(t, m, "type", `{"wide":{`+names+`"Nr. 99":"y"}}`); !strings.HasPrefix(got, refusal+"undecodable") {
		t.Errorf("a name that stands twice is %s", got)
	}
}
