// Package calibrate turns what customers did into what models are fitted to, and
// fits them.
//
//	file, topic ──► Source ──► Summarise ──► Population ──► Sample, Spend ──► Fit, Choose
//	                           (x, t_x, T,   │ (a row a     (equal rows
//	                            m, holdout)  │  customer)    merged)
//	Redis ──► FromState ─────────────────────┘       └─────► Holdout ──► backtest
//
// A customer takes some 60 bytes and their id while orders are read, however
// many orders they have. Customers of whom that is not enough are found by what
// they did: orders out of day order, an order id that comes again, a refund or a
// cancellation. Then the source is read once more, and those customers' events
// are kept and, where orders were amended, folded through history.History: what is
// fitted is what the live path would know.
//
// It refuses to look back from a state (Redis knows customers as they are now),
// windows without customers, and models without a name here. Rows that cannot be
// used are the source's to report; events that no history takes are counted.
package calibrate
