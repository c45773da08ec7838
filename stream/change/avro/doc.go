// Package avro writes changes in Avro's binary encoding, with the id of their schema before them
// as Confluent's serializers have it.
//
//	change's table ──┬─► Schema   stream/schema/clv.changed.avsc and clv.changed.flat.avsc
//	                 └─► Encoder  0, id (4 bytes), the fields in the table's order
//
// Records of the schema are those of the JSON: an object that may be absent, and a field that may
// be null or absent, is a union with null, whose default is null. Money is a decimal of the same
// scale for every currency, so that there is one schema.
//
// It knows no registry: what the id is, its caller says.
package avro

//go:generate go test -run TestGenerated -update .
