// Package webhook delivers changes to receivers over HTTP, signed as Standard Webhooks
// 1.0.0 says, in order per customer and at least once.
//
//	audience's topic ─► window (a partition) ─► queue (order per customer) ─► gate ─► Endpoint ─► receiver
//	                      │                        ▲     │                     ▲          │
//	                      ▼                        │     └─ retry, dead letter │          │
//	              position in the group            └──────── what came of it ──┴──────────┘
//
// The pieces, from the one that decides nothing to the one that joins all:
//
//   - Message (message.go), Key (signature.go): what is sent, and its signatures.
//   - Guard (guard.go), Endpoint (endpoint.go), Outcome (outcome.go): one try.
//   - window.go, progress.go: what of a partition is not finished, and how that is kept in the
//     group's offsets.
//   - queue.go: whose turn it is. A customer's next change waits for the one before.
//   - gate.go: whether the receiver may be sent to, and whose fault a failure is.
//   - lease.go, member.go: the consumer group; standing.go: whether a webhook is disabled.
//   - delivery.go: one webhook in one process. All its state belongs to one goroutine.
//   - Sender (sender.go): the webhooks of a process.
//
// It knows nothing of how changes come about: it reads them from Kafka as any subscriber.
package webhook
