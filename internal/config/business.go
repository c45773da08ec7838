package config

import (
	"fmt"
	"time"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
)

// Rates is the conversions into the business's currency.
func (b Business) Rates() (*money.Rates, error) {
	rows := make([]money.Rate, len(b.ExchangeRates))
	for i, r := range b.ExchangeRates {
		price, err := money.ParseDecimal(r.Rate)
		if err != nil {
			return nil, fmt.Errorf("read the rate of %s: %w", r.Currency, err)
		}
		rows[i] = money.Rate{Currency: r.Currency, From: dayOf(r.From), Price: price}
	}
	return money.NewRates(b.Currency, rows...)
}

// Margins is the margin of orders that carry none.
func (b Business) Margins() (money.Margins, error) {
	otherwise, err := money.ParseDecimal(b.MarginRate)
	if err != nil {
		return money.Margins{}, fmt.Errorf("read the margin rate: %w", err)
	}
	rows := make([]money.MarginRate, len(b.ChannelMargins))
	for i, m := range b.ChannelMargins {
		share, err := money.ParseDecimal(m.Rate)
		if err != nil {
			return money.Margins{}, fmt.Errorf("read the margin rate of channel %q: %w", m.Channel, err)
		}
		rows[i] = money.MarginRate{Channel: m.Channel, From: dayOf(m.From), Share: share}
	}
	return money.NewMargins(otherwise, rows...)
}

// dayOf is a date as the core counts it; the zero time is a day before all
// events.
func dayOf(date time.Time) calendar.Day { return calendar.NewCalendar(time.UTC).Day(date.UnixMicro()) }
