// Package schema holds the JSON Schemas (draft 2020-12) of everything that
// clvstream reads and writes on Kafka, one file per type of event. Producers and
// subscribers may register them unchanged: none refers to another file.
//
//	order.placed … customer.erased ──► [ clvstream ] ──► clv.changed
//
// JSON Schema cannot express all rules. The decoder in package event decides;
// docs/events.md lists the differences.
package schema

import "embed"

// FS holds the schemas, each as "<type>.json" at its root.
//
//go:embed *.json
var FS embed.FS
