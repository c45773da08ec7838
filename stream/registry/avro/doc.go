// Package avro turns values in Avro's binary or JSON encoding into plain JSON, by the schema
// that they were written with.
//
//	schema's JSON ──► Parse ──► Schema ──► AppendJSON (bytes of a value ──► JSON)
//
// The bytes become text in one pass, without values in between that could lose what they say:
// decimals are exact texts, whole numbers have all their digits. Lengths are checked against
// the bytes that are left before anything is taken, so a short value asks for little memory.
package avro
