package scenario

import (
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream/event"
)

// fold is a run through clv.Customer.Advance: what the system would do if it took each
// event the moment it came, and fired each due time the moment stream time passed it.
type fold struct {
	file      *File
	valuation clv.Valuation // in force
	decoder   *event.Decoder
	customers map[string]*clv.Customer
	order     []string // of the customers' first events
	taken     []*Event // by the offset of their records
	inputs    *inputTime
	clock     time.Time
	fired     time.Time // the stream time up to which due times were fired
	seen      *Seen
}

// Fold runs the steps through the fold. Restarts, copies and rollbacks are nothing to it:
// whatever the whole system lives through, this is what must come of it.
func Fold(f *File, steps []Step) (*Seen, error) {
	rules, err := assembly.Decoding(f.Config)
	if err != nil {
		return nil, err
	}
	run := &fold{
		file: f, valuation: f.Valuation, decoder: event.NewDecoder(rules), customers: map[string]*clv.Customer{}, inputs: newInputTime(), clock: f.Begins,
		seen: &Seen{By: "fold", Readings: map[int]Fields{}, Unread: map[int]string{}, Changes: map[string][]Fields{}, Letters: map[*Event][]string{}},
	}
	for i := range steps {
		run.step(&steps[i], i)
	}
	run.fire()
	return run.seen, nil
}

func (r *fold) step(step *Step, index int) {
	switch step.Verb {
	case Arrive:
		if r.file.Live() {
			r.pass(step.Event.At)
		}
		r.take(step.Event)
		if r.file.Live() {
			r.fire()
		}
	case Clock:
		r.pass(step.At)
	case Pause:
		r.pass(r.clock.Add(step.Span))
	case Activate:
		r.activate(step)
	case Read:
		if r.file.Live() {
			r.pass(step.At)
		}
		r.fire()
		r.read(step, index)
	}
}

// pass lets the clock go on. Whatever is due until just before an event of the instant
// fires before it anyway.
func (r *fold) pass(to time.Time) {
	if to.After(r.clock) {
		r.fire()
		r.clock = to
		r.fire()
	}
}

func (r *fold) take(e *Event) {
	decoded, _, refused := r.decoder.Decode(&event.Record{TimestampMillis: r.clock.UnixMilli(), Value: e.Value})
	if refused != nil {
		r.seen.Letters[e] = append(r.seen.Letters[e], refused.Reason.String())
		return
	}
	r.inputs.take(e.Place(), time.UnixMicro(decoded.AtMicros).UTC(), r.clock)
	c := r.customers[decoded.CustomerID]
	if c == nil {
		c = &clv.Customer{}
	}
	decoded.Place = history.Place{Input: r.seen.By, Offset: int64(len(r.taken))}
	r.taken = append(r.taken, e)
	did := c.Advance(decoded.CustomerID, r.occasion(&decoded), &r.valuation, r.tell)
	if did.Refused != nil {
		r.seen.Letters[e] = append(r.seen.Letters[e], did.Refused.Reason.String())
	}
	for _, w := range did.GivenUp {
		of := r.taken[w.Event.Place.Offset]
		r.seen.Letters[of] = append(r.seen.Letters[of], history.Unmatched.String())
	}
	if r.customers[decoded.CustomerID] == nil && did.Changed {
		r.customers[decoded.CustomerID] = c
		r.order = append(r.order, decoded.CustomerID)
	}
}

// occasion is an event that comes where due times were fired already, as in a commit.
func (r *fold) occasion(e *history.Event) clv.Occasion {
	o := clv.Occasion{Event: e}
	if !r.fired.IsZero() {
		o.UntilMicros = r.fired.UnixMicro()
	}
	return o
}

// fire fires what is due by stream time.
func (r *fold) fire() {
	until := r.streamTime()
	if until.IsZero() {
		return
	}
	r.fired = later(r.fired, until)
	for _, id := range r.order {
		if c := r.customers[id]; c.DueMicros != 0 && c.DueMicros <= until.UnixMicro() {
			c.Advance(id, clv.Occasion{UntilMicros: until.UnixMicro()}, &r.valuation, r.tell)
		}
	}
}

// streamTime is how far the inputs have come, less the grace; zero: not known, or due
// times do not fire.
func (r *fold) streamTime() (until time.Time) {
	switch r.file.Config.Awake.Mode {
	case config.AwakeWall:
		until = r.inputs.at(r.clock)
	case config.AwakeEvent:
		until = r.inputs.byEvents()
	}
	if until.IsZero() {
		return until
	}
	return until.Add(-r.file.Config.Awake.Grace)
}

// activate values every customer by another model, at once.
func (r *fold) activate(step *Step) {
	r.fire()
	r.valuation = r.file.inForce(step)
	for _, id := range r.order {
		r.customers[id].Advance(id, clv.Occasion{UntilMicros: r.streamTime().UnixMicro(), Due: true}, &r.valuation, r.tell)
	}
}

func (r *fold) tell(c clv.Change) {
	r.seen.Changes[c.CustomerID] = append(r.seen.Changes[c.CustomerID], fieldsOf(&c, r.file.Config.Business.Currency))
}

func (r *fold) read(step *Step, index int) {
	c := r.customers[step.Customer]
	if awake := &r.file.Config.Awake; c != nil && awake.Refresh > 0 && awake.Mode != config.AwakeOff {
		c.Refreshed, _ = c.RefreshedAt(step.At.UnixMicro(), &r.valuation)
	}
	fields, err := readCustomer(r.file, &r.valuation, c, step)
	if err != nil {
		r.seen.Unread[index] = err.Error()
		return
	}
	r.seen.Readings[index] = fields
}
