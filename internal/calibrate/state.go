package calibrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/state"
)

// ErrLookBack refuses a day before what a state knows.
var ErrLookBack = errors.New("the state has only the present customers, not their past: read a file or the input topics instead")

// FromState sums up all customers in Redis, read a few hundred at a time between
// what the live path asks for. A state knows customers as they are now, so the
// day until which they count must not be before the latest event; openDay takes
// that. It can hold out as many days as orders are kept singly for, which is the
// lateness: a customer whose ledger has been cut short within them is left out.
func FromState(ctx context.Context, store *state.Store, rules *history.Rules, window Window, read func(done, total int64)) (*Population, error) {
	if held := window.length(); window.holds() && held > rules.LatenessDays {
		return nil, fmt.Errorf("hold out %d days of a state that keeps orders one by one for %d: %w", held, rules.LatenessDays, ErrLookBack)
	}
	p := &Population{rules: rules, window: window, amounts: true}
	p.begin()
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
	if p.Customers() == 0 {
		return nil, fmt.Errorf("summarise the state: %w", ErrNoCustomers)
	}
	if p.last > window.Until && !window.holds() {
		return nil, fmt.Errorf("summarise the state up to %s: its latest event is of %s: %w", window.Until, p.last, ErrLookBack)
	}
	return p, nil
}

// addStored counts a customer who has a purchase day that stands.
func (p *Population) addStored(h *history.History) {
	facts := h.Facts(p.rules, h.LatestMicros)
	if facts.PurchaseDays == 0 {
		return
	}
	latest := p.rules.Calendar.Day(h.LatestMicros)
	first := latest - calendar.Day(facts.AgeDays)
	if p.tallies.length == 0 {
		p.first, p.last = first, latest
	}
	p.first, p.last = min(p.first, first), max(p.last, latest)
	p.tallies.add()
	var f folded
	if p.holds() {
		p.holdouts.add()
		if h.Sealed.Early && h.Sealed.EarlyDay > p.window.Split {
			return // the days of the holdout are in the sums
		}
		f = p.heldOut(h)
	} else {
		f.note(&p.window, latest, facts, h.LatestMicros)
	}
	p.take(uint32(p.tallies.length-1), &f)
}

// heldOut is a history as it stood at the ends of the window's parts.
func (p *Population) heldOut(h *history.History) folded {
	at := func(day calendar.Day) history.Facts {
		then := upTo(h, day, p.rules.Calendar.Start(day+1))
		return then.Facts(p.rules, p.rules.Calendar.Start(day+1)-1)
	}
	return folded{
		recent: at(p.window.recentAfter()), split: at(p.window.Split), until: at(p.window.Until),
		splitMicros: p.rules.Calendar.Start(p.window.Split+1) - 1,
	}
}

// upTo is a history without what its ledger has of the days after one, which end at an
// instant.
func upTo(h *history.History, day calendar.Day, endMicros int64) history.History {
	then := history.History{Sealed: h.Sealed}
	for _, order := range h.Orders {
		if order.Day > day {
			continue
		}
		order.Cancelled = order.Cancelled && order.CancelDay <= day
		var refunds []history.Refund
		for _, refund := range order.Refunds {
			if refund.Day <= day {
				refund.Reverted = refund.Reverted && refund.Revert.Micros < endMicros
				refunds = append(refunds, refund)
			}
		}
		order.Refunds = refunds
		then.Orders = append(then.Orders, order)
	}
	return then
}
