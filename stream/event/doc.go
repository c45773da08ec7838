// Package event converts between records and events: it decodes a record into a
// history.Event, and encodes an event as the same JSON.
//
//	Record ─► headers ─► unwrap ─► fields ─────────────► checks ─► history.Event
//	          (CloudEvents,        plain: one pass       (ids, time, money, currency)
//	           trace context)      other: full JSON        └► history.Refusal
//
//	history.Event ─► Append ─► JSON
//
// The fields that each kind of event has are in fields.go; package schema and
// docs/events.md describe them for producers. The package uses no Kafka client and no
// clock, so a replay gives the same result. A record that is not an event is refused with
// a reason from history's closed list; the text of the reason has no customer data. It names
// the record's source where package recognise knows it.
package event
