package customerview

import (
	"slices"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/stream/change"
)

// kept is what AsOf says of what is stored, whatever the instant.
type kept struct {
	Announced     announced `json:"announced"`
	LedgerEntries int       `json:"ledger_entries"`
	SealedDays    int       `json:"sealed_days"`
	SealedEarlyTo string    `json:"sealed_early_to,omitempty"`
}

// announced is the last change that was announced.
type announced struct {
	Version uint64 `json:"version"`
	CLV     string `json:"clv"`
	AsOf    string `json:"as_of"`
}

// AsOf shows the customer as of an instant, µs (see clv.Customer.At): the fields of a
// change that say where they are, Standing, and what is stored of them.
func (c *Customer) AsOf(atMicros int64) (change.Values, error) {
	v, err := c.at(atMicros)
	if err != nil {
		return nil, err
	}
	stored, history := c.Stored, &c.Stored.History
	more := kept{
		Announced:     announced{stored.Version, c.money(stored.AnnouncedMinor), Instant(stored.Value.AsOfMicros)},
		LedgerEntries: len(history.Orders), SealedDays: history.Sealed.Days,
	}
	if history.Sealed.Early {
		more.SealedEarlyTo = history.Sealed.EarlyDay.String()
	}
	return v.With(more)
}

// at is the customer as of an instant, µs.
func (c *Customer) at(atMicros int64) (change.Values, error) {
	r, err := c.Stored.At(c.ID, atMicros, &c.Valuation)
	if err != nil {
		return nil, err
	}
	v, err := c.published(&clv.Change{
		CustomerID: c.ID, Current: r.Estimate, Standing: r.Standing, Silence: r.Silence, Tier: r.Tier, BreakEven: r.BreakEven,
		FirstChannel: r.FirstChannel, ModelName: c.Valuation.Model.Name(), ModelVersion: c.Valuation.Model.Version(),
	})
	if err != nil {
		return nil, err
	}
	v = slices.DeleteFunc(v, func(one change.Value) bool { return change.Lookup(one.Path).OfMove })
	return v.With(c.standing(v, &r))
}

// published are the fields of a change, as they would be published.
func (c *Customer) published(would *clv.Change) (change.Values, error) {
	r := change.NewRenderer(c.Currency)
	return change.Parse(r.Append(nil, would))
}
