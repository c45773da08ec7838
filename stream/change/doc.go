// Package change is the published form of a change: one table of its fields, and
// everything that is made from it.
//
//	             ┌─► Renderer  the JSON of <namespace>.changes and <namespace>.current
//	             │                └─► Values  that JSON by paths: what get, watch and whatif show
//	table.go ────┼─► Field     the variables of audiences' filters (package audience)
//	             ├─► Schema    stream/schema/clv.changed.json
//	             ├─► AppendFlat, FlatSchema   the same without objects
//	             ├─► Avro in binary, its schemas (package avro)
//	             └─► Markdown  the tables of docs/events.md
//
// A field is one entry of the table: its name, its type, when it is null or absent, its
// description, and the function that reads it from a clv.Change. To add one, add an
// entry and run `make generate`. A field of the move rather than of the customer's present
// state is marked (ofMove): it is not shown of a customer as of an instant. Subscribers
// must not rely on the order of fields.
//
// It refuses to read back what is not a JSON object, and nothing else: a clv.Change is valid. It knows no Kafka records or headers, and
// does not decide what is announced.
package change

//go:generate go test -run TestGenerated -update .
