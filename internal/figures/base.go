package figures

import (
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/config"
)

// Base is the statistics of all customers, and what it takes to show them.
type Base struct {
	*statistics.Statistics
	Currency money.Currency
	Tiers    []config.TierBorder // as configured, the lowest first
	Calendar calendar.Calendar   // of the business's time zone
	Today    calendar.Day
	// RefreshedMicros is as of when values count at the least; 0: as last stored.
	RefreshedMicros int64
	Refreshes       bool // customers are valued anew at all
	// HorizonDays is over which the model in force predicts. It is asked for only where a
	// figure needs it: most are read where there is no model.
	HorizonDays func() (float64, error)
}

func (b *Base) amount(minor int64) Amount { return Amount{minor, b.Currency.Exponent()} }

// Amount is money in the currency of the business.
type Amount struct {
	Minor    int64 // minor units
	exponent int   // of the currency
}

// String is the amount as a decimal in major units.
func (a Amount) String() string { return money.FormatMinor(a.Minor, a.exponent) }

// MarshalText makes the amount a string in JSON, where readers may round numbers.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Each is the mean of so many, as a decimal in major units; empty for none.
func (a Amount) Each(of int64) string {
	if of == 0 {
		return ""
	}
	return string(money.AppendMajor(nil, float64(a.Minor)/float64(of), a.exponent))
}

// Ratio is a part of a whole; 0 of nothing.
func Ratio(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
