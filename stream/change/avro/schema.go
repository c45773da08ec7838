package avro

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
)

// moneyScale is the most decimals that a currency has (ISO 4217: CLF and UYW). moneyPrecision is
// enough for the largest amount of minor units, 2^63, in a currency without decimals.
const (
	moneyScale     = 4
	moneyPrecision = 23
)

// kind is a type of Avro, with its attributes in the order in which they are written.
type kind struct {
	Type      string  `json:"type"`
	Name      string  `json:"name,omitempty"`
	Namespace string  `json:"namespace,omitempty"`
	Doc       string  `json:"doc,omitempty"`
	Logical   string  `json:"logicalType,omitempty"`
	Precision int     `json:"precision,omitempty"`
	Scale     int     `json:"scale,omitempty"`
	Fields    []field `json:"fields,omitempty"`
}

// field is one of a record.
type field struct {
	Name    string           `json:"name"`
	Type    any              `json:"type"`
	Doc     string           `json:"doc"`
	Default *json.RawMessage `json:"default,omitempty"`
}

// Schema is the schema of a change, with objects or flat.
func Schema(flat bool) ([]byte, error) {
	root := kind{Type: "record", Name: "ClvChanged", Namespace: "io.clvstream", Doc: "A customer's lifetime value changed"}
	if flat {
		root.Name, root.Doc = "ClvChangedFlat", root.Doc+", with every field beside the others"
	}
	objects := change.Objects()
	for i := range objects {
		o := &objects[i]
		if flat || o.Name == "" {
			root.Fields = append(root.Fields, fields(o, flat)...)
		} else {
			of := kind{Type: "record", Name: strings.ToUpper(o.Name[:1]) + o.Name[1:], Fields: fields(o, flat)}
			root.Fields = append(root.Fields, newField(o.Name, o.Description(), of, o.Absent != ""))
		}
	}
	var text bytes.Buffer
	write := json.NewEncoder(&text)
	write.SetEscapeHTML(false)
	write.SetIndent("", "  ")
	err := write.Encode(root)
	return text.Bytes(), err
}

func fields(o *change.Object, flat bool) (all []field) {
	for i := range o.Fields {
		f := &o.Fields[i]
		name, about := f.Name, f.Description()
		if flat {
			name = f.FlatName()
		}
		if f.Words != nil {
			about += ": " + words(f)
		}
		all = append(all, newField(name, strings.Replace(about, "; absent ", "; null ", 1), kindOf(f), mayBeNull(f, flat)))
	}
	return all
}

// words are what a text may be. It is no enum: who has an older schema could not read a record
// with a word that was added.
func words(f *change.Field) string {
	var names []string
	for _, w := range f.Words {
		names = append(names, w.Name)
	}
	if f.Grows {
		names = append(names, "others may be added")
	}
	return strings.Join(names, ", ")
}

var nothing = json.RawMessage("null")

func newField(name, doc string, of any, mayBeNull bool) field {
	if k, is := of.(kind); is && k.Name == "" && k.Logical == "" {
		of = k.Type // the short way to write it
	}
	if mayBeNull {
		return field{name, []any{"null", of}, doc, &nothing}
	}
	return field{name, of, doc, nil}
}

func kindOf(f *change.Field) kind {
	switch f.Type {
	case change.Count:
		return kind{Type: "long"}
	case change.Number:
		return kind{Type: "double"}
	case change.Money:
		return kind{Type: "bytes", Logical: "decimal", Precision: moneyPrecision, Scale: moneyScale}
	case change.Time:
		return kind{Type: "long", Logical: "timestamp-micros"}
	case change.Day:
		return kind{Type: "int", Logical: "date"}
	case change.Truth:
		return kind{Type: "boolean"}
	default:
		return kind{Type: "string"}
	}
}
