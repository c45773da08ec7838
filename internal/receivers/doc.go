// Package receivers tests that what is published is read as it is meant by the libraries that
// others read it with. The programs in testdata do what their users would, and say what they got.
//
//	changes ─► JSON lines ─► DuckDB: types of columns, sums
//	publisher ─► Kafka ─► the consumers of docs/receivers.md ─► what they apply
//	publisher ─► Kafka and a schema registry ─► Confluent's Avro deserializer
//	types that clvstream prints ─► compilers ─► changes read and written again
//	schema  ─► types by datamodel-code-generator and quicktype ─► changes parsed
//	publisher ─► Kafka ─► CloudEvents SDKs of Python and JavaScript
//
// scripts/install-receivers installs them, in pinned versions.
//
//go:generate go test -run TestGenerated -update .
package receivers
