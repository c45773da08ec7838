package verify

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/stream/event"
)

// Naive is the naive code by itself: it takes the records of one partition as they come and
// says what a customer is worth, without a log and without a state to compare with.
type Naive struct {
	decoder   decoder
	valuation clv.Valuation
	customers map[string]*naiveCustomer
}

type naiveCustomer struct {
	events  []*inputEvent
	arrival *arrival
	erasing erasing
}

// Figures are what the naive code says of a customer at an instant.
type Figures struct {
	Status                   history.Status
	Stage                    standing.Stage
	Facts                    history.Facts
	PredictedMinor, CLVMinor float64
	PAlive, ExpectedOrders   float64
	AliveKnown               bool
	Acquired                 bool
	AcquisitionCostMinor     int64
}

// NewNaive makes it for the rules by which events are accepted and customers are valued.
func NewNaive(rules event.Rules, valuation clv.Valuation) *Naive {
	return &Naive{decoder: newDecoder(rules, valuation.Rules), valuation: valuation, customers: map[string]*naiveCustomer{}}
}

// Value has customers valued by another valuation from now on, of the same rules.
func (n *Naive) Value(valuation clv.Valuation) { n.valuation = valuation }

// Take takes a record, or says why it is refused; 0: it is not.
func (n *Naive) Take(r *kgo.Record) (why history.RefusalReason) {
	read := n.decoder.decode(r)
	if read.refused != 0 {
		return read.refused
	}
	c := n.customers[read.customer]
	if c == nil {
		c = &naiveCustomer{arrival: newArrival(true), erasing: erasing{later: n.valuation.Rules.LaterEvents}}
		n.customers[read.customer] = c
	}
	switch c.erasing.take(&read.event, read.event.atMicros) {
	case ends:
		c.events, c.arrival = nil, newArrival(true)
		return 0
	case repeats:
		return 0
	case refused:
		return history.Erased
	}
	if c.arrival.late(&read.event, n.valuation.Rules.LatenessDays) {
		return history.TooLate
	}
	c.arrival.take(&read.event)
	c.erasing.note(&read.event)
	c.events = append(c.events, &read.event)
	return 0
}

// Erased says as of when a customer was erased last, if they were.
func (n *Naive) Erased(customer string) (at time.Time, erased bool) {
	c := n.customers[customer]
	if c == nil || !c.erasing.known {
		return time.Time{}, false
	}
	return time.UnixMicro(c.erasing.atMicros).UTC(), true
}

// Figures are of a customer at an instant that is not before their latest event; false
// where nothing is known of them.
func (n *Naive) Figures(customer string, at time.Time) (Figures, bool) {
	c := n.customers[customer]
	if c == nil || len(c.events) == 0 {
		return Figures{}, false
	}
	r := recompute(c.events, &n.valuation.Rules)
	w := r.view(&n.valuation, dayOf(at, n.valuation.Rules.Calendar))
	return Figures{
		Status: w.status, Stage: w.low.stage, Facts: w.facts, PredictedMinor: w.predictedMinor, CLVMinor: w.clvMinor,
		PAlive: w.pAlive, AliveKnown: w.aliveKnown, ExpectedOrders: w.expectedOrders, Acquired: w.acquired, AcquisitionCostMinor: w.acquisitionCost,
	}, true
}
