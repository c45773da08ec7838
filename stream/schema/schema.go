// Package schema holds the JSON Schemas (draft 2020-12) of everything that
// clvstream reads and writes on Kafka, one file per type of event, and the Avro schemas
// of what it writes. Producers and subscribers may register them unchanged: none refers
// to another file.
//
//	order.placed … customer.erased ──► [ clvstream ] ──► clv.changed, clv.changed.flat
//
// JSON Schema cannot express all rules. The decoder in package event decides;
// docs/events.md lists the differences.
package schema

import "embed"

// FS holds the schemas, each as "<type>.json" or "<type>.avsc" at its root.
//
//go:embed *.json *.avsc
var FS embed.FS
