// Package change is what is published of a change: one table of its fields, and
// everything that follows from it.
//
//	             ┌─► Renderer  the JSON of <namespace>.changes and <namespace>.current
//	             │                └─► Values  that JSON by paths: what get, watch and whatif show
//	table.go ────┼─► Field     the variables of audiences' filters (package audience)
//	             ├─► Schema    stream/schema/clv.changed.json
//	             └─► Markdown  the tables of docs/events.md
//
// A field is one entry of the table: its name, its type, when it is null or absent,
// what it says, and what reads it out of a clv.Change. To add one, add an entry and
// run `make generate`. One that says how the customer moved, not where they are, is
// marked so (ofMove): it is not shown of a customer as of an instant. Whether the
// order of entries is that of the JSON is not promised to anybody.
//
// It refuses to read back what is no JSON object, and nothing else: a clv.Change is
// right already. It knows neither Kafka's records nor headers, and decides nothing
// about what is announced.
package change

//go:generate go test -run TestGenerated -update .
