// Package customerview answers questions about one customer: one value for each
// question, which is printed as text or JSON.
//
//	clv.Customer ──┐                 ┌─► AsOf     value, standing, next due time ─► change.Values
//	clv.Valuation ─┼─► Customer ─────┼─► History  the path of the value           ─► History
//	currency, now ─┘                 └─► WhatIf   the effect of some events       ─► WhatIf
//
//	explain.Explanation, clv.Customer ─► Explain  beside the stored value         ─► Explained
//	change.Values, as published ───────► Line                                     ─► one line
//
// Fields of a published change are taken from the table of package change, by their names
// there: AsOf and WhatIf show each of them, also new ones. Only what a change does not have
// is added here.
//
// All functions are pure: they use no store, clock or flag, and write nothing. Money is a
// string in major units, a time RFC 3339 in UTC, and stages and tiers have the names of
// an announced change.
//
// It refuses an instant in the sealed part of the history (a clv.SealedError) and a text
// that is not a time. Events that the live path would refuse are not errors: WhatIf names
// the reason.
package customerview
