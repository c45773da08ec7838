// Package money is amounts: exact decimals, currencies and their minor units, the
// rates that convert one currency into another, and the shares that turn revenue
// into margin.
//
//	"29.33" ──ParseMinor──► 2933 minor units ──Rates.Convert──► of the business ──Margins──► margin
//
// An amount is an int64 of minor units (cents) until it enters a model. All
// arithmetic here is in integers and rounds half away from zero. What has more
// digits than its currency, leaves 64 bits, or has no rate in force on its day is an
// error, never a guess.
package money
