// Package event is events as bytes, both ways: it decodes what a record carries
// into a history.Event and encodes an event as the same JSON.
//
//	Record ─► headers ─► unwrap ─► fields ─────────────► checks ─► history.Event
//	          (CloudEvents,        plain: one pass       (ids, time, money, currency)
//	           trace context)      other: full JSON        └► history.Refusal
//
//	history.Event ─► Append ─► JSON
//
// The fields that each kind of event has are in fields.go; package schema and
// docs/events.md describe them for producers. The package knows no Kafka client and
// looks at no clock, so that a replay decides the same. A record that is no event is
// refused with a reason from history's closed list, and without customer data in the
// reason's text.
package event
