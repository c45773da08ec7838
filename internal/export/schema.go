package export

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/clvstream/clvstream/stream/change"
)

// SchemaID names the schema of the document.
const SchemaID = "https://github.com/clvstream/clvstream/internal/export/testdata/schema.json"

// Schema is the JSON Schema (draft 2020-12) of a document. Fields may be added to it.
func Schema() ([]byte, error) {
	root := schemaOf(reflect.TypeFor[Document]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = SchemaID
	root["title"] = "customer export, schema 1"
	root["description"] = "All that a deployment of clvstream holds of a customer. Amounts are decimals of major units in currency, times RFC 3339 in UTC, days of time_zone."
	return json.MarshalIndent(root, "", "  ")
}

func schemaOf(t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[change.Values]():
		return map[string]any{"type": "object", "description": "the fields of a change: docs/events.md"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(schemaOf(t.Elem()))
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Struct:
		return ofStruct(t)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	default:
		return map[string]any{"type": "integer"}
	}
}

// orNull is of a field that is there and may be null.
func orNull(schema map[string]any) map[string]any {
	schema["type"] = []any{schema["type"], "null"}
	return schema
}

func ofStruct(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if options == "" {
			required = append(required, name)
		}
		properties[name] = schemaOf(f.Type)
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": true}
}
