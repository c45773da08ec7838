// Package audience decides which audiences get a change. Each audience has a filter in
// CEL over the fields of a change.
//
//	configuration ──Compile──► Compiled ──Admits──► true, false, or failed
//	                             ▲  ▲
//	change.Fields ──types────────┘  └── Variables ◄── clv.Change
//
// A filter sees the fields of package change, with the names of the JSON and these types:
// money is a number in major units; a time is a timestamp, and a day is one at midnight
// UTC. A field that is null or absent in the JSON is null.
//
// Compile refuses a filter that is not valid CEL, that names an unknown field, that
// compares a field with a word it never has, or that may cost too much per change.
// Package stream writes the records.
package audience
