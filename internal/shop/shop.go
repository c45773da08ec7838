package shop

import (
	"iter"
	"strconv"

	"github.com/clvstream/clvstream/clv/history"
)

// Events checks the configuration and gives the shop's events in the order of
// their times, equal times in a fixed order. Each range over the sequence is the
// same run from the start.
func (c Config) Events() (iter.Seq[history.Event], error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return func(yield func(history.Event) bool) {
		r := c.open()
		for len(r.queue) > 0 {
			if !yield(r.happen(r.queue.pop())) {
				return
			}
		}
	}, nil
}

// run is a shop under way.
type run struct {
	Config
	startMicros, endMicros int64
	channelWeight          float64
	draws                  *draws
	customers              []customer
	queue                  queue[moment]
}

// moment is an event to come. What it says is drawn when it is due.
type moment struct {
	atMicros int64
	customer uint32
	order    uint32 // the customer's order, from 0, which it is or follows
	kind     history.Kind
}

func (m moment) before(o moment) bool {
	if m.atMicros != o.atMicros {
		return m.atMicros < o.atMicros
	}
	if m.customer != o.customer {
		return m.customer < o.customer
	}
	if m.order != o.order {
		return m.order < o.order
	}
	return m.kind < o.kind
}

func (c Config) open() *run {
	r := &run{
		Config:      c,
		startMicros: c.Start.UnixMicro(), endMicros: c.End.UnixMicro(),
		draws:     newDraws(c.Seed),
		customers: make([]customer, c.Customers),
	}
	if r.IDPrefix == "" {
		r.IDPrefix = "s" + strconv.FormatUint(c.Seed, 10) + "-"
	}
	for _, ch := range c.Channels {
		r.channelWeight += ch.Weight
	}
	for i := range r.customers {
		id := uint32(i)
		r.customers[i] = r.meet(id)
		r.plan(moment{atMicros: r.customers[i].firstMicros, customer: id, kind: history.OrderPlaced})
		r.planAcquired(id)
	}
	return r
}

// plan queues what falls within the span.
func (r *run) plan(m moment) {
	if m.atMicros < r.endMicros {
		r.queue.push(m)
	}
}

// happen turns a moment into its event and plans what follows from it.
func (r *run) happen(m moment) history.Event {
	c := &r.customers[m.customer]
	e := r.name(m)
	switch m.kind {
	case history.OrderPlaced:
		e.AmountMinor, e.Channel = r.amountMinor(m.customer, c, m.order), r.channel(c)
		r.planAfter(m, c)
	case history.OrderRefunded:
		e.AmountMinor = r.refundMinor(m, c)
	case history.CustomerAcquired:
		e.AmountMinor, e.Channel = r.acquisitionMinor(m.customer, c), r.channel(c)
	case history.ChurnPredicted:
		e.Probability = r.predicted(m)
	}
	return e
}

func (r *run) channel(c *customer) string {
	if len(r.Channels) == 0 {
		return ""
	}
	return r.Channels[c.channel].Name
}
