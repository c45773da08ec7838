// Package recognise names the known source of a record that was refused, and what to do
// about it: for the detail of its dead letter.
//
//	refused record ─► form    (bytes: null, a string, an array, gzip, a registry's prefix)
//	               └► members (an object's names) ─► source: Debezium, Segment, Stripe, …
//
// A source is recognised by names that are its own, never by what a customer's data says,
// and the sentences are constants: they hold nothing of the record. Only refused records
// come here, so nothing is spared for those that are accepted.
package recognise
