package money

import (
	"errors"
	"fmt"
	"github.com/clvstream/clvstream/clv/calendar"
)

// MarginRate is a channel's margin as a share of the order amount, from a day
// on until that channel's next rate.
type MarginRate struct {
	Channel string // "" stands for every channel without a rate of its own in force
	From    calendar.Day
	Share   Decimal // in [−1, 1]; negative for a channel that sells at a loss
}

// Margins gives the margin of an order whose event carries none. The zero
// Margins is a margin of 0. It is read-only once made.
type Margins struct {
	otherwise Decimal
	byChannel map[string][]MarginRate
}

// NewMargins makes margins from the default share, in [−1, 1], and dated rows in
// any order. It refuses shares outside that range, and two rates of one channel
// from the same day.
func NewMargins(otherwise Decimal, rows ...MarginRate) (Margins, error) {
	m := Margins{otherwise: otherwise}
	if !isShare(otherwise) {
		return Margins{}, errors.New("make margins: the default must be a share from -1 to 1, such as 0.35 for 35 %")
	}
	if len(rows) > 0 {
		m.byChannel = make(map[string][]MarginRate)
	}
	for _, row := range rows {
		if !isShare(row.Share) {
			return Margins{}, fmt.Errorf("make margins: channel %q from %s must be a share from -1 to 1, such as 0.35 for 35 %%",
				row.Channel, row.From)
		}
		m.byChannel[row.Channel] = append(m.byChannel[row.Channel], row)
	}
	for channel, dated := range m.byChannel {
		if day, twice := sortByDay(dated, MarginRate.day); twice {
			return Margins{}, fmt.Errorf("make margins: channel %q has two rates from %s: keep one", channel, day)
		}
	}
	return m, nil
}

func isShare(d Decimal) bool { return d.digits <= powersOf10[d.scale] }

func (r MarginRate) day() calendar.Day { return r.From }

// DefaultRatio is the default share as a float, for models.
func (m *Margins) DefaultRatio() float64 { return m.otherwise.Float64() }

// MarginMinor is the margin of an amount by the share in force for the channel
// on the day: the channel's own, else the dated rate of "", else the default.
// Rounded half away from zero. No share exceeds 1, so it overflows for no amount
// above −2^63.
func (m *Margins) MarginMinor(amountMinor int64, channel string, day calendar.Day) int64 {
	share := m.share(channel, day)
	margin, _ := timesRatio(amountMinor, share.digits, powersOf10[share.scale])
	if share.negative {
		return -margin
	}
	return margin
}

func (m *Margins) share(channel string, day calendar.Day) Decimal {
	if row, ok := inForce(m.byChannel[channel], day, MarginRate.day); ok {
		return row.Share
	}
	if row, ok := inForce(m.byChannel[""], day, MarginRate.day); ok {
		return row.Share
	}
	return m.otherwise
}
