// Package erasure asks a running system to erase a customer, and waits until it has.
//
//	Held ──► what would be erased
//	Erase ─► customer.erased ──► input topic ──► consumer ──► marker ──► publisher ──► tombstone
//	            └── waits for each, and answers with a Receipt
//
// The consumer erases, as it does for an event of any producer. The package writes that event
// and nothing else. The receipt has no content of the customer: counts and places, and what
// the erasure does not reach (Remains).
package erasure
