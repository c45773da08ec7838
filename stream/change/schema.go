package change

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
)

// node is a schema, or a part of one, with its keywords in the order in which they
// are written.
type node struct {
	Schema      string            `json:"$schema,omitempty"`
	ID          string            `json:"$id,omitempty"`
	Ref         string            `json:"$ref,omitempty"`
	Title       string            `json:"title,omitempty"`
	OneOf       []node            `json:"oneOf,omitempty"`
	Type        any               `json:"type,omitempty"` // a name, or two
	Format      string            `json:"format,omitempty"`
	Pattern     string            `json:"pattern,omitempty"`
	MinLength   *float64          `json:"minLength,omitempty"`
	Minimum     *float64          `json:"minimum,omitempty"`
	Maximum     *float64          `json:"maximum,omitempty"`
	Enum        []any             `json:"enum,omitempty"`
	Description string            `json:"description,omitempty"`
	Required    []string          `json:"required,omitempty"`
	Properties  Values            `json:"properties,omitempty"`
	Additional  *bool             `json:"additionalProperties,omitempty"`
	Defs        map[string]node   `json:"$defs,omitempty"`
	Examples    []json.RawMessage `json:"examples,omitempty"`
}

// growing says, as a keyword, that fields may be added to an object. Types that are generated
// from a schema without it may forbid them.
var growing = true

// Schema is the JSON Schema (draft 2020-12) of a change, with an example.
func Schema() ([]byte, error) {
	root := newSchema("clv.changed", "A customer's lifetime value changed. The data of CloudEvents of type "+EventType+" on <namespace>.changes and, "+
		"the latest of each customer, on <namespace>.current. At most two levels deep. Fields may be added: ignore those that you do not know.")
	for i := range table {
		table[i].describe(&root)
	}
	return root.written((*Renderer).Append)
}

// FlatSchema is the JSON Schema of a change as flat JSON, with an example.
func FlatSchema() ([]byte, error) {
	root := newSchema("clv.changed.flat", "A customer's lifetime value changed. The data of CloudEvents of type "+FlatEventType+": clv.changed with "+
		"every field beside the others and always there. Fields may be added: ignore those that you do not know.")
	for f := range Fields() {
		n := f.schema(f.MayLack())
		n.Description = strings.Replace(n.Description, "; absent ", "; null ", 1)
		root.add(f.FlatName(), n, true)
	}
	return root.written((*Renderer).AppendFlat)
}

func newSchema(title, description string) node {
	return node{
		Schema: "https://json-schema.org/draft/2020-12/schema",
		ID:     "https://github.com/clvstream/clvstream/stream/schema/" + title + ".json",
		Title:  title, Description: description,
		Type: "object", Additional: &growing,
		Defs: map[string]node{
			"money": {Type: "string", Pattern: `^-?[0-9]+(\.[0-9]{1,4})?$`, Description: "A decimal in major units, with the currency's own number of decimals"},
			"time":  {Type: "string", Format: "date-time", Description: "RFC 3339 in UTC, to the microsecond"},
		},
	}
}

// written is a schema's text, with an example as it is appended.
func (n node) written(appendTo func(*Renderer, []byte, *clv.Change) []byte) ([]byte, error) {
	euro, err := money.ParseCurrency("EUR")
	if err != nil {
		return nil, err
	}
	r := NewRenderer(euro)
	n.Examples = []json.RawMessage{appendTo(&r, nil, example())}
	var text bytes.Buffer
	write := json.NewEncoder(&text)
	write.SetEscapeHTML(false)
	write.SetIndent("", "  ")
	err = write.Encode(n)
	return text.Bytes(), err
}

// describe adds the object, or a run of fields, to a schema.
func (o *Object) describe(root *node) {
	of := root
	if o.Name != "" {
		of = &node{Type: "object", Description: o.Description(), Additional: &growing}
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		of.add(f.Name, f.schema(f.Null != ""), f.Absent == "")
	}
	if o.Name != "" {
		root.add(o.Name, *of, o.Absent == "")
	}
}

// describe is what the field says, and when it says nothing.
func (f *Field) describe() string {
	return sentence(sentence(f.About, "null", f.Null), "absent", f.Absent)
}

// Description is what the field says, and when it says nothing, without Markdown.
func (f *Field) Description() string { return plain(f.describe()) }

// Description is what the object says, and when it is not there, without Markdown.
func (o *Object) Description() string { return plain(sentence(o.About, "absent", o.Absent)) }

func (n *node) add(name string, of node, required bool) {
	text, _ := json.Marshal(of) // strings and numbers cannot fail
	n.Properties = append(n.Properties, Value{name, text})
	if required {
		n.Required = append(n.Required, name)
	}
}

// schema is the field's, which may be null or not.
func (f *Field) schema(null bool) node {
	n := node{Minimum: f.least, Maximum: f.most, Pattern: f.pattern}
	name := "string"
	switch f.Type {
	case Text:
		n.MinLength, n.Minimum = f.least, nil
		n.words(f)
	case Count:
		name = "integer"
	case Number:
		name = "number"
	case Truth:
		name = "boolean"
	case Day:
		n.Format = "date"
	case Money, Time:
		n.Ref = "#/$defs/" + f.Type.String()
	}
	switch {
	case n.Ref == "" && !null:
		n.Type = name
	case n.Ref == "":
		n.Type = []string{name, "null"}
	case null:
		n = node{OneOf: []node{n, {Type: "null"}}}
	}
	if null && n.Enum != nil {
		n.Enum = append(n.Enum, nil)
	}
	n.Description = f.Description()
	for _, w := range f.Words {
		n.Description += plain(". " + w.Name + ": " + w.About)
	}
	if f.Grows {
		n.Description += ". Others may be added"
	}
	return n
}

// words lists what the field may be: all of it, or as examples where words may be added, which
// would break types that are generated from a closed list.
func (n *node) words(f *Field) {
	for _, w := range f.Words {
		if f.Grows {
			n.Examples = append(n.Examples, json.RawMessage(strconv.Quote(w.Name)))
		} else {
			n.Enum = append(n.Enum, w.Name)
		}
	}
}

// plain is a sentence without Markdown.
func plain(sentence string) string { return strings.ReplaceAll(sentence, "`", "") }

// sentence adds to what something says when it says nothing.
func sentence(about, nothing, when string) string {
	if when == "" {
		return about
	}
	return about + "; " + nothing + " " + when
}

// example is a change of a customer's second order.
func example() *clv.Change {
	const atMicros = 1_773_480_413_589_000
	return &clv.Change{
		CustomerID: "c-42", Version: 2, Reason: announce.ReasonPurchase, PreviousMinor: 15_000,
		Cause: clv.Cause{EventID: "evt-1001", Kind: history.OrderPlaced, OrderID: "o-8", AtMicros: atMicros},
		Current: estimate.Estimate{
			AsOfMicros: atMicros, Status: history.Active, HistoricMinor: 8_000, PredictedMinor: 16_000, CLVMinor: 24_000,
			PAlive: 1, ExpectedOrders: 2, SpendMinor: 4_000,
			Facts: history.Facts{Orders: 2, PurchaseDays: 2, Frequency: 1, RecencyDays: 30, AgeDays: 30, RevenueMinor: 8_000, MarginMinor: 8_000},
		},
		ModelName: "simple", ModelVersion: "lifespan_years=3",
	}
}
