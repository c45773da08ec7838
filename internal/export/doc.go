// Package export collects all that a deployment holds of a customer, for who asks for it.
//
//	clv.Customer ──► Stored ─┐
//	valued now ────► Now    ─┼─► Document ──► JSON, as Schema has it │ text
//	outbox, letters ─────────┘
//
// Everything that is stored of a customer is in it: a test fills each field of clv.Customer and
// looks for it in the document. So a field that is added there is added here. It writes nothing.
package export
