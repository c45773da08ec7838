package mapping

import (
	"errors"
	"strings"
	"testing"
)

// What is wrong with a file is said with its line, its place and what would be right.
func TestFileErrors(t *testing.T) {
	const head = "records: {topics: [t]}\n"
	for name, c := range map[string]struct{ text, want string }{
		"nothing":            {"", "m.yaml: is empty"},
		"no YAML":            {"a: [", "is not YAML"},
		"two documents":      {head + "---\n" + head, "more than one document"},
		"unknown key":        {head + "rule: []", "m.yaml:2: rule: unknown key, did you mean rules?"},
		"twice":              {head + head, "m.yaml:2: records: is given twice"},
		"no topics":          {"preset: stripe", "records.topics is missing"},
		"no rules":           {head, "rules are missing: give some, or a preset (cloudevents"},
		"unknown preset":     {head + "preset: strype", `m.yaml:2: preset: "strype", did you mean stripe?`},
		"with without":       {head + "with: {a: value.b}", "with.a: there is no preset"},
		"unknown parameter":  {head + "preset: stripe\nwith: {order: value.b}", "with.order: the preset stripe has no such parameter; it has order_of_refund"},
		"missing parameter":  {head + "preset: debezium", "with.amount is missing: the column of the amount"},
		"bad topic":          {"records: {topics: ['[']}\npreset: stripe", `"[" is no topic, nor a pattern`},
		"rule without":       {head + "rules: [{name: x}]", "m.yaml:2: rules[0]: want either events, or skip"},
		"reason":             {head + "rules: [{skip: Test Order}]", "a reason is of up to 40 letters"},
		"unknown type":       {head + "rules: [{events: [{type: order.shipped}]}]", `rules[0].events[0].type: "order.shipped" is neither a path nor a type of event; there are order.placed`},
		"no type":            {head + "rules: [{events: [{fields: {amount: value.x}}]}]", "type is missing"},
		"unknown field":      {head + "rules: [{events: [{type: order.placed, fields: {amont: value.x}}]}]", "fields.amont: unknown key, did you mean amount?"},
		"unknown field type": {head + "rules: [{events: [{type: order.placed, fields: {amount: {path: value.x, type: money}}}]}]", `"money"; want decimal, minor`},
		"path":               {head + "rules: [{events: [{type: order.placed, fields: {amount: after.total}}]}]", `a path begins with value, key`},
		"step":               {head + "rules: [{events: [{type: order.placed, fields: {amount: value..x}}]}]", "want a name after the point"},
		"each":               {head + "rules: [{events: [{type: order.placed, fields: {amount: 'value.a[*]'}}]}]", "[*] stands in for_each alone"},
		"item":               {head + "rules: [{events: [{type: order.placed, fields: {amount: item.x}}]}]", "item needs for_each"},
		"parent":             {head + "rules: [{events: [{type: order.placed, for_each: value.a, fields: {amount: parent.x}}]}]", "parent one in another"},
		"before":             {head + "rules: [{events: [{type: order.placed, fields: {order_id: value.before.id}}]}]", "REPLICA IDENTITY FULL"},
		"envelope":           {head + "envelope: avro\npreset: stripe", `m.yaml:2: envelope: "avro"; want auto, none, cloudevents`},
		"attribute":          {head + "rules: [{events: [{type: order.placed, fields: {order_id: envelope.nr}}]}]", "an envelope has id, source"},
		"const and path":     {head + "rules: [{events: [{type: order.placed, fields: {order_id: {path: value.x, const: y}}}]}]", "want one of path, join, const and cel"},
		"zone":               {head + "rules: [{events: [{type: order.placed, fields: {occurred_at: {path: value.x, type: wall_clock}}}]}]", "needs the zone that the clock is in"},
		"no zone":            {head + "rules: [{events: [{type: order.placed, fields: {occurred_at: {path: value.x, type: unix, zone: Berlin}}}]}]", `"Berlin" is no time zone`},
		"digits":             {head + "rules: [{events: [{type: order.placed, fields: {amount: {path: value.x, type: minor, scale: 99}}}]}]", "want a number of digits"},
		"condition":          {head + "variables: {status: value.s}\nrules: [{when: 'statos == \"x\"', skip: y}]", "undeclared reference to 'statos'"},
		"caret":              {head + "variables: {status: value.s}\nrules: [{when: 'status = \"x\"', skip: y}]", "\n  status = \"x\"\n         ^"},
		"kinds":              {head + "variables: {status: value.s}\nrules: [{when: 'status == 7', skip: y}]", "found no matching overload"},
		"no truth":           {head + "variables: {status: value.s}\nrules: [{when: 'status + \"x\"', skip: y}]", "yields string, and must yield bool"},
		"derived":            {head + "rules: [{events: [{type: order.placed, fields: {order_id: {cel: 'true'}}}]}]", "yields bool, and must yield"},
		"variable":           {head + "variables: {a-b: value.s}\npreset: stripe", "letters (a to z), digits and _ only"},
		"constant variable":  {head + "variables: {a: {const: x}}\npreset: stripe", "a variable is a path with a type, or a list of constants"},
	} {
		_, err := Parse("m.yaml", []byte(c.text))
		var at *FileError
		if !errors.As(err, &at) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Each preset compiles with what it asks for, and its parameters say what they are.
func TestPresetsCompile(t *testing.T) {
	for _, name := range Presets() {
		text := "preset: " + name + "\nrecords: {topics: [t]}\nwith: {amount: value.total}\n"
		if _, err := Parse(name+".yaml", []byte(text)); err != nil && !strings.Contains(err.Error(), "no such parameter") {
			t.Errorf("%s: %v", name, err)
		}
		if about := AboutPreset(name); about == "" || len(about) > 90 {
			t.Errorf("%s says of itself %q", name, about)
		}
	}
}
