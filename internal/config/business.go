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

// dayOf is a date as the core counts it; the zero time is a day before all
// events.
func dayOf(date time.Time) clv.Day { return clv.NewCalendar(time.UTC).Day(date.UnixMicro()) }
