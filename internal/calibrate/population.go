package calibrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
)

// Population is what is known of all customers at the end of a window.
type Population struct {
	rules   *history.Rules
	window  Window
	amounts bool

	ids      *customers
	tallies  paged[tally]
	holdouts paged[holdout] // where something is held out
	course   *course        // likewise
	kept     map[uint32]*kept

	first, last calendar.Day // of the events that count
	counted     int          // events
	doubted     int          // customers who are not counted plainly
	refused     int          // events that their history does not take
}

func (p *Population) holds() bool { return p.window.holds() }

// ErrNoCustomers refuses a source without a purchase in the window.
var ErrNoCustomers = errors.New("no customer has bought anything")

// Summarise reads a source and sums up its customers.
func Summarise(ctx context.Context, source Source, rules *history.Rules, window Window) (*Population, error) {
	if window.Split > window.Until {
		return nil, fmt.Errorf("summarise: the split, %s, is after the end, %s", window.Split, window.Until)
	}
	p := &Population{rules: rules, window: window, amounts: source.Amounts, ids: newCustomers()}
	if err := p.readFirst(ctx, source); err != nil {
		return nil, err
	}
	if p.doubted > 0 {
		if err := p.readAgain(ctx, source); err != nil {
			return nil, err
		}
	}
	p.ids = nil
	if p.Customers() == 0 {
		return nil, p.nobody()
	}
	return p, nil
}

func (p *Population) nobody() error {
	switch {
	case p.counted == 0 && p.window.Until == openDay:
		return fmt.Errorf("summarise: %w", ErrNoCustomers)
	case p.counted == 0:
		return fmt.Errorf("summarise: %w up to %s", ErrNoCustomers, p.window.Until)
	default:
		return fmt.Errorf("summarise: %w up to %s; the orders are of %s to %s", ErrNoCustomers, p.window.Split, p.first, p.last)
	}
}

// readFirst counts everybody plainly and finds those for whom that will not do.
func (p *Population) readFirst(ctx context.Context, source Source) error {
	p.begin()
	var seen *orders
	if source.Orders {
		seen = newOrders()
	}
	return source.readAhead(ctx, func(e *history.Event) {
		number, day, ok := p.customerOf(e)
		if !ok {
			return
		}
		t := p.tallies.at(number)
		switch {
		case t.way == byHistory:
		case e.Kind != history.OrderPlaced, seen != nil && seen.repeated(number, e):
			p.doubt(t, byHistory)
		case t.way == plainly && !p.placed(number, day, e.AmountMinor):
			p.doubt(t, byDays)
		}
	})
}

func (p *Population) begin() {
	p.counted, p.course, p.kept = 0, nil, map[uint32]*kept{}
	if p.holds() {
		p.course = &course{births: map[calendar.Day]int{}, repeats: map[calendar.Day]int{}}
	}
}

// customerOf finds the customer of an event that counts.
func (p *Population) customerOf(e *history.Event) (number uint32, day calendar.Day, ok bool) {
	day = p.rules.Calendar.Day(e.AtMicros)
	switch {
	case e.Kind == history.CustomerErased: // whenever that was: nobody is fitted to who is to be forgotten
	case !e.Kind.OfOrder() || day > p.window.Until:
		return 0, 0, false
	default:
		p.count(day)
	}
	number = p.ids.number(e.CustomerID)
	if int(number) == p.tallies.length {
		p.tallies.add()
		if p.holds() {
			p.holdouts.add()
		}
	}
	return number, day, true
}

// count takes in the day of an event.
func (p *Population) count(day calendar.Day) {
	if p.counted == 0 {
		p.first, p.last = day, day
	}
	p.first, p.last = min(p.first, day), max(p.last, day)
	p.counted++
}

func (p *Population) doubt(t *tally, w way) {
	if t.way == plainly {
		p.doubted++
	}
	t.way = w
}

var errChanged = errors.New("the source changed while it was read: read it again while nothing writes to it")

// readAgain counts everybody in the way that the first reading found.
func (p *Population) readAgain(ctx context.Context, source Source) error {
	p.begin()
	for number := range uint32(p.tallies.length) {
		t := p.tallies.at(number)
		*t = tally{way: t.way}
		if p.holds() {
			*p.holdouts.at(number) = holdout{}
		}
	}
	changed := false
	err := source.readAhead(ctx, func(e *history.Event) {
		number, day, ok := p.customerOf(e)
		if !ok {
			return
		}
		t := p.tallies.at(number)
		if t.way == plainly {
			changed = changed || e.Kind != history.OrderPlaced || !p.placed(number, day, e.AmountMinor)
			return
		}
		p.keep(number, t.way, day, e)
	})
	if err == nil && changed {
		err = errChanged
	}
	if err == nil {
		p.settle()
	}
	return err
}
