// Package jsonform holds the JSON that values of schemas are turned into: exact decimals and
// times as texts, bytes as base64, floating-point numbers as they are printed shortest. It is
// the same for Avro and Protobuf, so that one mapping reads both.
package jsonform
