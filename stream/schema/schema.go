// Package schema holds the JSON Schemas (draft 2020-12) of everything that
// clvstream reads and writes on Kafka, a file each, named after the event's type.
// Producers and subscribers may register them as they are: none refers to
// another file.
//
//	order.placed … customer.acquired ──► [ clvstream ] ──► clv.changed
//
// The schemas say what JSON Schema can say. The decoder in package event
// decides; docs/events.md lists where the two differ.
package schema

import "embed"

// FS holds the schemas, each as "<type>.json" at its root.
//
//go:embed *.json
var FS embed.FS
