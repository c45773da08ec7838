// Package customerview says what one customer looks like: one value for each
// question, from which text and JSON are written.
//
//	clv.Customer ──┐                 ┌─► AsOf     worth, standing, what comes next ─► change.Values
//	clv.Valuation ─┼─► Customer ─────┼─► History  what led there                   ─► History
//	currency, now ─┘                 └─► WhatIf   what some events would do        ─► WhatIf
//
//	explain.Explanation, clv.Customer ─► Explain  beside what is stored            ─► Explained
//	change.Values, as published ───────► Line     for people                       ─► one line
//
// What is a field of a published change is taken from the table of package change, by its
// name there: AsOf and WhatIf show every such field, and a new one as well. Only what a
// change does not say is told here.
//
// Everything is a pure function: it reads no store and no clock, writes nothing, and
// knows no flag. Money is a string of major units, a time RFC 3339 in UTC, and a
// standing is named as in an announced change.
//
// It refuses an instant before what is kept of the customer one by one (a
// clv.SealedError), and a text that is no time. Events that the live path would refuse
// are no errors: WhatIf says why they would be.
package customerview
