package config

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv"
)

// Rates is the conversions into the business's currency.
func (b Business) Rates() (*clv.Rates, error) {
	rows := make([]clv.Rate, len(b.ExchangeRates))
	for i, r := range b.ExchangeRates {
		price, err := clv.ParseDecimal(r.Rate)
		if err != nil {
			return nil, fmt.Errorf("read the rate of %s: %w", r.Currency, err)
		}
		rows[i] = clv.Rate{Currency: r.Currency, From: dayOf(r.From), Price: price}
	}
	return clv.NewRates(b.Currency, rows...)
}

// Margins is the margin of orders that carry none.
func (b Business) Margins() (clv.Margins, error) {
	otherwise, err := clv.ParseDecimal(b.MarginRate)
	if err != nil {
		return clv.Margins{}, fmt.Errorf("read the margin rate: %w", err)
	}
	rows := make([]clv.MarginRate, len(b.ChannelMargins))
	for i, m := range b.ChannelMargins {
		share, err := clv.ParseDecimal(m.Rate)
		if err != nil {
			return clv.Margins{}, fmt.Errorf("read the margin rate of channel %q: %w", m.Channel, err)
		}
		rows[i] = clv.MarginRate{Channel: m.Channel, From: dayOf(m.From), Share: share}
	}
	return clv.NewMargins(otherwise, rows...)
}

// AnnouncementPolicy is which changes are worth announcing, in minor units of
// the business's currency.
func (c Config) AnnouncementPolicy() (clv.Policy, error) {
	absoluteMinor, err := clv.ParseMinor(c.Policy.Absolute, c.Business.Currency.Exponent())
	if err != nil {
		return clv.Policy{}, fmt.Errorf("read %q as an amount of %s: %w", c.Policy.Absolute, c.Business.Currency, err)
	}
	return clv.Policy{Rule: clv.Rule{AbsoluteMinor: float64(absoluteMinor), Relative: c.Policy.Relative}}, nil
}

// dayOf is a date as the core counts it; the zero time is a day before all
// events.
func dayOf(date time.Time) clv.Day { return clv.NewCalendar(time.UTC).Day(date.UnixMicro()) }
