package scenario

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/standing"
	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/verify"
)

// naivePaths are the fields that the naive code knows at any instant.
var naivePaths = []string{
	"clv.current", "clv.historic", "clv.predicted", "status", "p_alive", "expected_orders", "orders", "purchase_days",
	"revenue", "margin", "recency_days", "age_days", "stage.current", counted, erased,
}

func knownNaively(path string) bool { return slices.Contains(naivePaths, path) }

// Naive runs the steps through the code by which verify recomputes customers. It takes the
// events in the order of their arrival and knows nothing of changes.
func Naive(f *File, steps []Step) (*Seen, error) {
	rules, err := assembly.Decoding(f.Config)
	if err != nil {
		return nil, err
	}
	naive := verify.NewNaive(rules, f.Valuation)
	seen := &Seen{
		By: "verify's naive code", Readings: map[int]Fields{}, Unread: map[int]string{}, Letters: map[*Event][]string{},
		Knows: knownNaively,
	}
	clock := f.Begins
	for i := range steps {
		step := &steps[i]
		if step.Verb == Pause {
			clock = clock.Add(step.Span)
		}
		if step.Verb == Arrive && f.Live() {
			clock = later(clock, step.Event.At)
		}
		if step.Verb == Clock || step.Verb == Read && f.Live() {
			clock = later(clock, step.At)
		}
		switch step.Verb {
		case Activate:
			naive.Value(f.inForce(step))
		case Arrive:
			e := step.Event
			if refused := naive.Take(&kgo.Record{Timestamp: clock, Value: e.Value}); refused != 0 {
				seen.Letters[e] = append(seen.Letters[e], refused.String())
			}
		case Read:
			at, wasErased := naive.Erased(step.Customer)
			figures, known := naive.Figures(step.Customer, step.At)
			switch {
			case known:
				seen.Readings[i] = naiveFields(f, &figures)
			case wasErased:
				seen.Readings[i] = Fields{}
			default:
				seen.Unread[i] = "nothing is known of the customer"
			}
			if wasErased {
				seen.Readings[i][erased] = erasedAt(at.UnixMicro())
			}
		}
	}
	return seen, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// naiveFields writes the figures as a change does.
func naiveFields(f *File, is *verify.Figures) Fields {
	c := clv.Change{Standing: standing.Standing{Stage: is.Stage}}
	c.Current = estimate.Estimate{
		Status: is.Status, Facts: is.Facts, HistoricMinor: float64(is.Facts.MarginMinor), PredictedMinor: is.PredictedMinor,
		CLVMinor: is.CLVMinor, PAlive: is.PAlive, AliveKnown: is.AliveKnown, ExpectedOrders: is.ExpectedOrders,
	}
	fields := fieldsOf(&c, f.Config.Business.Currency)
	fields[counted] = fields["clv.predicted"]
	return fields
}
