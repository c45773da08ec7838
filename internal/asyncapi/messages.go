package asyncapi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/schema"
)

// describe makes a message of a schema.
func describe(name, file string) (object, error) {
	text, err := fs.ReadFile(schema.FS, file)
	if err != nil {
		return nil, err
	}
	var of object
	if err := json.Unmarshal(text, &of); err != nil {
		return nil, fmt.Errorf("read schema %s: %w", file, err)
	}
	message := object{"name": name, "title": name, "contentType": "application/json"}
	if strings.HasSuffix(file, ".avsc") {
		message["summary"] = fmt.Sprint(of["doc"], ", in Avro behind a zero byte and the four bytes of its schema's id")
		message["payload"] = object{"schemaFormat": avroSchemaFormat, "schema": of}
		return message, nil
	}
	definitions, _ := of["$defs"].(map[string]any)
	for _, own := range []string{"$schema", "$id", "$defs"} { // of a document of its own
		delete(of, own)
	}
	message["summary"] = of["description"]
	message["payload"] = object{"schemaFormat": schemaFormat, "schema": inlined(of, definitions)}
	return message, nil
}

// inlined is a schema with its definitions in place of references to them: within another
// document these would be looked for at its root.
func inlined(of any, definitions map[string]any) any {
	switch of := of.(type) {
	case object:
		return inlined(map[string]any(of), definitions)
	case map[string]any:
		other := map[string]any{}
		if ref, is := of["$ref"].(string); is {
			meant, _ := definitions[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
			for name, part := range meant {
				other[name] = inlined(part, definitions)
			}
		}
		for name, part := range of { // what is said beside a reference stands before it
			if name != "$ref" {
				other[name] = inlined(part, definitions)
			}
		}
		return other
	case []any:
		other := make([]any, len(of))
		for i, part := range of {
			other[i] = inlined(part, definitions)
		}
		return other
	}
	return of
}

func keyed(description string) object {
	return object{"kafka": object{"key": object{"type": "string", "description": description}, "bindingVersion": "0.5.0"}}
}

// headers is an object of texts.
func headers(required []string, described ...[2]string) object {
	properties := object{}
	for _, h := range described {
		properties[h[0]] = object{"type": "string", "description": h[1]}
	}
	return object{"type": "object", "required": required, "properties": properties}
}

func changeHeaders(form change.Form) object {
	return headers([]string{"ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time", "ce_subject", "content-type"},
		[2]string{"ce_specversion", "1.0: a CloudEvent in binary mode"},
		[2]string{"ce_type", form.EventType()},
		[2]string{"ce_source", "/clvstream/ and the namespace"},
		[2]string{"ce_id", "The place of the event that caused the change, topic/partition/offset, or due:customer@instant#version where time did. The same for a change that is published again"},
		[2]string{"ce_time", "The instant that the values hold for, RFC 3339"},
		[2]string{"ce_subject", "The customer's id"},
		[2]string{"content-type", form.ContentType()},
		[2]string{"traceparent", "The W3C trace context of the order's record, if it had one"})
}

func deadLetter() object {
	return object{
		"name": "dead_letter", "title": "dead letter", "contentType": "application/octet-stream",
		"summary": "A record that could not be used, byte for byte, and why",
		"headers": headers([]string{deadletter.HeaderReason, deadletter.HeaderDetail, deadletter.HeaderTopic, deadletter.HeaderPartition, deadletter.HeaderOffset, deadletter.HeaderTimestamp},
			[2]string{deadletter.HeaderReason, "One of a closed list of reasons"},
			[2]string{deadletter.HeaderDetail, "A sentence for people, without what the record said"},
			[2]string{deadletter.HeaderTopic, "The topic of the original"},
			[2]string{deadletter.HeaderPartition, "Its partition"},
			[2]string{deadletter.HeaderOffset, "Its offset"},
			[2]string{deadletter.HeaderPart, "Of a mapped record that is several events, which of them; absent: the first"},
			[2]string{deadletter.HeaderTimestamp, "Its timestamp, in milliseconds"},
			[2]string{deadletter.HeaderTruncated, "The size of its value, where that was too large and was cut"},
			[2]string{"traceparent", "Its W3C trace context, if it had one"}),
		"payload":  object{"description": "The original's value, whatever it is"},
		"bindings": keyed("The original's key"),
	}
}
