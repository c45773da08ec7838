// Package asyncapi describes a deployment's topics as an AsyncAPI 3.0 document: what it
// receives and sends, with the schemas of stream/schema and the headers of each message.
//
//	configuration (topics, namespace, audiences) ─┐
//	stream/schema ────────────────────────────────┼─► Document ─► JSON
//	headers of changes and dead letters ──────────┘
//
// It says nothing of records of other sources, which mappings read, and names no server or
// secret.
package asyncapi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/deadletter"
	"github.com/clvstream/clvstream/stream/schema"
)

// SpecVersion is that of AsyncAPI.
const SpecVersion = "3.0.0"

// schemaFormat names JSON Schema as the schemas are written.
const schemaFormat = "application/schema+json;version=draft-2020-12"

// object is one of JSON.
type object map[string]any

// Document describes the topics of a configuration. version is the program's.
func Document(cfg config.Config, version string) ([]byte, error) {
	d := &document{channels: object{}, operations: object{}, messages: object{}}
	if err := d.readSchemas(); err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
	d.inputs(cfg)
	d.outputs(cfg)
	text, err := json.MarshalIndent(object{
		"asyncapi": SpecVersion,
		"info": object{
			"title": "clvstream " + cfg.Namespace, "version": version,
			"description": "Orders and churn events in, changes of customer lifetime value out, each once and in order per customer. Read with isolation.level=read_committed.",
		},
		"defaultContentType": "application/json",
		"channels":           d.channels, "operations": d.operations,
		"components": object{"messages": d.messages},
	}, "", "  ")
	return append(text, '\n'), err
}

type document struct {
	channels, operations, messages object
	events                         []string // names of the messages that come in
}

// readSchemas makes a message of each schema.
func (d *document) readSchemas() error {
	files, err := fs.ReadDir(schema.FS, ".")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := fs.ReadFile(schema.FS, file.Name())
		if err != nil {
			return err
		}
		var of object
		if err := json.Unmarshal(text, &of); err != nil {
			return fmt.Errorf("read schema %s: %w", file.Name(), err)
		}
		name := strings.TrimSuffix(file.Name(), ".json")
		definitions, _ := of["$defs"].(map[string]any)
		for _, own := range []string{"$schema", "$id", "$defs"} { // of a document of its own
			delete(of, own)
		}
		message := object{
			"name": name, "title": name, "summary": of["description"], "contentType": "application/json",
			"payload": object{"schemaFormat": schemaFormat, "schema": inlined(of, definitions)},
		}
		if name == "clv.changed" {
			message["headers"] = changeHeaders()
			message["bindings"] = keyed("The customer's id: one customer's changes are in one partition, in order")
		} else {
			d.events = append(d.events, name)
			message["bindings"] = keyed("The customer's id, or anything that keeps one customer's events in one partition")
		}
		d.messages[name] = message
	}
	d.messages["dead_letter"] = deadLetter()
	return nil
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

func changeHeaders() object {
	return headers([]string{"ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time", "ce_subject", "content-type"},
		[2]string{"ce_specversion", "1.0: a CloudEvent in binary mode"},
		[2]string{"ce_type", change.EventType},
		[2]string{"ce_source", "/clvstream/ and the namespace"},
		[2]string{"ce_id", "The place of the event that caused the change, topic/partition/offset, or due:customer@instant#version where time did. The same for a change that is published again"},
		[2]string{"ce_time", "The instant that the values hold for, RFC 3339"},
		[2]string{"ce_subject", "The customer's id"},
		[2]string{"content-type", "application/json"},
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

func (d *document) inputs(cfg config.Config) {
	for _, topic := range cfg.Input.Topics {
		if len(cfg.Input.Mappings) > 0 {
			d.channel(topic, "Input. Any type of event, unless a mapping reads the topic.", d.events...)
		} else {
			d.channel(topic, "Input. Any type of event.", d.events...)
		}
		d.operation("receive", topic)
	}
}

func (d *document) outputs(cfg config.Config) {
	topics := cluster.OutputTopicsOf(cfg.Namespace)
	d.channel(topics.Changes, "Each change of a customer's value, once, as it is announced.", "clv.changed")
	d.channel(topics.Current, "Compacted: the latest change of each customer.", "clv.changed")
	d.channel(topics.DeadLetter, "Records that could not be used.", "dead_letter")
	for _, topic := range []string{topics.Changes, topics.Current, topics.DeadLetter} {
		d.operation("send", topic)
	}
	for _, a := range cfg.Audiences {
		topic := cfg.AudienceTopic(a)
		d.channel(topic, "The changes that the audience's filter lets through.", "clv.changed")
		d.operation("send", topic)
	}
}

func (d *document) channel(topic, description string, messages ...string) {
	of := object{}
	for _, name := range messages {
		of[name] = object{"$ref": "#/components/messages/" + name}
	}
	d.channels[topic] = object{"address": topic, "description": description, "messages": of}
}

func (d *document) operation(action, topic string) {
	d.operations[action+"."+topic] = object{"action": action, "channel": object{"$ref": "#/channels/" + topic}}
}
