// Package calibrate turns customers' orders into the data that models are fitted to,
// and fits them.
//
//	file, topic ──► Source ──► Summarise ──► Population ──► Sample, Spend ──► Fit, Choose
//	                           (x, t_x, T,   │ (a row per   (equal rows
//	                            m, holdout)  │  customer)    merged)
//	Redis ──► FromState ─────────────────────┘       └─────► Holdout ──► backtest
//
// While orders are read, a customer takes about 60 bytes and their id, for any number of
// orders. That summary is not enough for customers with orders out of day order, a
// repeated order id, a refund or a cancellation. For them the source is read a second
// time, and their events are kept and folded through history.History. So models are
// fitted to the same facts that the live path has.
//
// It refuses a split in the past of a state (Redis has only the present customers),
// windows without customers, and unknown models. A source reports the rows that cannot
// be used; events that no history accepts are counted.
package calibrate
