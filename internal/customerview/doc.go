// Package customerview says what one customer looks like: one value for each
// question, from which text and JSON are written.
//
//	clv.Customer ──┐                 ┌─► AsOf     worth, standing, what comes next ─► View
//	clv.Valuation ─┼─► Customer ─────┼─► History  what led there                   ─► History
//	currency, now ─┘                 └─► WhatIf   what some events would do        ─► WhatIf
//
//	explain.Explanation, clv.Customer ─► Explain   beside what is stored           ─► Explained
//	JSON of the changes topic ─────────► ParseChange                               ─► AnnouncedChange
//
// Everything is a pure function: it reads no store and no clock, writes nothing, and
// knows no flag. Money is a string of major units, a time RFC 3339 in UTC, and a
// standing is named as in an announced change.
//
// It refuses an instant before what is kept of the customer one by one (a
// clv.SealedError), a text that is no time, and JSON that is no change. Events that
// the live path would refuse are no errors: WhatIf says why they would be.
package customerview
