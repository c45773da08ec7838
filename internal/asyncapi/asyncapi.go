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
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/schema"
)

// SpecVersion is that of AsyncAPI.
const SpecVersion = "3.0.0"

// What the schemas are written in.
const (
	schemaFormat     = "application/schema+json;version=draft-2020-12"
	avroSchemaFormat = "application/vnd.apache.avro+json;version=1.9.0"
)

// object is one of JSON.
type object map[string]any

// Document describes the topics of a configuration. version is the program's.
func Document(cfg config.Config, version string) ([]byte, error) {
	d := &document{channels: object{}, operations: object{}, messages: object{}}
	if err := d.readSchemas(); err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
	d.inputs(cfg)
	if err := d.outputs(cfg); err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
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

// readSchemas makes a message of each event that comes in.
func (d *document) readSchemas() error {
	files, err := fs.Glob(schema.FS, "*.json")
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".json")
		if strings.HasPrefix(name, changed) {
			continue
		}
		message, err := describe(name, file)
		if err != nil {
			return err
		}
		message["bindings"] = keyed("The customer's id, or anything that keeps one customer's events in one partition")
		d.events = append(d.events, name)
		d.messages[name] = message
	}
	d.messages["dead_letter"] = deadLetter()
	return nil
}

// changed begins the names of the messages and the schemas of changes.
const changed = "clv.changed"

// change makes the message of changes in a form, and has its name.
func (d *document) change(form change.Form) (name string, err error) {
	file := changed
	if form.IsFlat() {
		file += ".flat"
	}
	name = file
	if form.IsAvro() {
		name, file = name+".avro", file+".avsc"
	} else {
		file += ".json"
	}
	message, err := describe(name, file)
	if err != nil {
		return "", err
	}
	message["contentType"] = form.ContentType()
	message["headers"] = changeHeaders(form)
	message["bindings"] = keyed("The customer's id: one customer's changes are in one partition, in order")
	d.messages[name] = message
	return name, nil
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

func (d *document) outputs(cfg config.Config) error {
	topics := cluster.OutputTopicsOf(cfg.Namespace)
	err := errors.Join(
		d.changes(topics.Changes, "Each change of a customer's value, once, as it is announced.", change.JSON),
		d.changes(topics.Current, "Compacted: the latest change of each customer; no value for one who was erased.", change.Form(cfg.Publisher.CurrentFormat)))
	for _, a := range cfg.Audiences {
		err = errors.Join(err, d.changes(cfg.AudienceTopic(a), "The changes that the audience's filter lets through.", change.Form(a.Format)))
	}
	d.channel(topics.DeadLetter, "Records that could not be used.", "dead_letter")
	d.operation("send", topics.DeadLetter)
	return err
}

// changes are sent to a topic in a form.
func (d *document) changes(topic, description string, form change.Form) error {
	name, err := d.change(form)
	if err != nil {
		return err
	}
	d.channel(topic, description, name)
	d.operation("send", topic)
	return nil
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
