// Package registry reads values that were written through a schema registry and gives them as
// plain JSON, which package mapping then reads like any other.
//
//	value, headers ──► locate ──► id ──► Schemas ──► schema ──► avro, protobuf, jsonschema ──► JSON
//	                   (Settings)        (cached, with references)     (by that very schema)
//
// Where the id stands and which number it is, a record does not tell, so Settings say it: what
// does not fit them, or contradicts its schema, is refused and never guessed at. A registry
// that does not answer is an error, after which the same record is to be read again: nothing
// is lost by it. docs/registry.md describes the settings and the JSON.
package registry
