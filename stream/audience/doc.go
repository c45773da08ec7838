// Package audience says which changes are for whom. An audience has a filter in CEL
// over the fields of a change.
//
//	configuration ──Compile──► Compiled ──Admits──► true, false, or failed
//	                             ▲  ▲
//	change.Fields ──types────────┘  └── Variables ◄── clv.Change
//
// A filter sees the fields of package change, by the names of the JSON and with
// their types: money is a number in major units, a time is a timestamp, and so is a
// day, at midnight UTC. What is null in the JSON, or not there at all, is null.
//
// Compile refuses a filter that is no CEL, that names what no change has, that
// compares a field with a word which it never is, and that could hold its lane up.
// The package does not write records: package stream does.
package audience
