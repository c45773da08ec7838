package calibrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/state"
)

// ErrLookBack refuses a day before what a state knows.
var ErrLookBack = errors.New("a state knows customers as they are now and cannot look back; read the log instead")

// FromState sums up all customers in Redis, read a few hundred at a time between
// what the live path asks for. A state knows customers as they are now, so the
// day until which they count must not be before the latest event; openDay takes
// that.
func FromState(ctx context.Context, store *state.Store, rules *clv.Rules, window Window, read func(done, total int64)) (*Population, error) {
	p := &Population{rules: rules, window: window, amounts: true}
	shards := store.Shards()
	for shard := range shards {
		read(int64(shard), int64(shards))
		err := store.Scan(ctx, shard, func(s state.Snapshot) error {
			for _, c := range s.Customers {
				p.addStored(&c.History)
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	read(int64(shards), int64(shards))
	if p.tallies.length == 0 {
		return nil, fmt.Errorf("summarise the state: %w", ErrNoCustomers)
	}
	if p.last > window.Until {
		return nil, fmt.Errorf("summarise the state up to %s: its latest event is of %s: %w", window.Until, p.last, ErrLookBack)
	}
	return p, nil
}

// addStored counts a customer who has a purchase day that stands.
func (p *Population) addStored(h *clv.History) {
	facts := h.Facts(p.rules, h.LatestMicros)
	if facts.PurchaseDays == 0 {
		return
	}
	latest := p.rules.Calendar.Day(h.LatestMicros)
	first := latest - clv.Day(facts.AgeDays)
	if p.tallies.length == 0 {
		p.first, p.last = first, latest
	}
	p.first, p.last = min(p.first, first), max(p.last, latest)
	var f folded
	f.note(&p.window, latest, facts, h.LatestMicros)
	p.tallies.add()
	p.take(uint32(p.tallies.length-1), &f)
}
