// Package jsonschema holds JSON values to the JSON Schema that they were written with.
//
//	schema's JSON ──► Parse ──► Schema ──► AppendJSON (a value, checked ──► the same bytes)
//
// Numbers are compared as decimals, not as binary fractions: 0.29 is a multiple of 0.01. What
// writers do not check either is not checked: format, and patterns that Go's regular
// expressions, which run in linear time, cannot express.
package jsonschema
