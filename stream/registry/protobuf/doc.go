// Package protobuf turns Protobuf messages into plain JSON, by the schema that they were
// written with.
//
//	.proto text, or a descriptor in base64 ──► Parse ──► Schema ──► AppendJSON (a message ──► JSON)
//
// A message is read from its bytes, not by way of a library's messages: so a field that the
// schema does not know, or that is written in another way than the schema says, is noticed, and
// what a record takes in memory is a small multiple of its size.
package protobuf
