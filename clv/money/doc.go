// Package money is amounts: exact decimals, currencies and their minor units, exchange
// rates, and margin rates.
//
//	"29.33" ──ParseMinor──► 2933 minor units ──Rates.Convert──► of the business ──Margins──► margin
//
// An amount is an int64 of minor units (cents) until it enters a model. All
// arithmetic here is in integers and rounds half away from zero. An amount with more
// decimals than its currency, beyond 64 bits, or without an exchange rate on its day is an
// error.
package money
