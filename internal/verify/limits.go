package verify

import (
	"math"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
)

// Some refusals depend on settings: the largest amount, the rates, the oldest time, the
// tolerance for the future, the sizes. What a record met is what was set when it was applied,
// and no log says that. Its dead letter does:
//
//	            now refused by a limit          now accepted
//	letter      as now                          refused then, by a limit that was narrower
//	no letter   accepted then, by a wider one   accepted
//
// Which of the two it was decides what the customer's history must be, so a record that was
// lost, or refused without a reason, still shows.

// byLimit says whether a refusal can depend on a setting.
func byLimit(reason history.RefusalReason) bool {
	switch reason {
	case history.TooLarge, history.BadID, history.BadAmount, history.UnknownCurrency, history.BadTime, history.FutureTime:
		return true
	default:
		return false
	}
}

func (d decoder) ofAnySize() decoder {
	d.MaxEventBytes = math.MaxInt
	return d
}

// unlimited is the decoder with limits that no record meets.
func (d decoder) unlimited() decoder {
	d.MaxEventBytes, d.MaxIDBytes, d.MaxAmountMinor = math.MaxInt, math.MaxInt, math.MaxInt64
	d.Oldest, d.FutureTolerance = time.Time{}, math.MaxInt64
	return d
}

// decodeThen decodes a record. One that a limit refuses now is read as if there were none,
// and says what refuses it.
func (v *verification) decodeThen(by *decoder, r *kgo.Record) decoded {
	now := by.decode(r)
	if !byLimit(now.refused) {
		return now
	}
	then := v.unlimited.decode(r)
	if then.refused != 0 {
		return now
	}
	then.event.refusedNow = now.refused
	return then
}

// acceptedThen leaves out the events that were dead letters, by a limit of now or of then.
func (v *verification) acceptedThen(c *subject) (accepted []*inputEvent) {
	for _, e := range c.events {
		l := v.letters[e.coordinate]
		switch {
		case l == nil || !byLimit(l.reason):
			if e.refusedNow != 0 {
				v.report.AcceptedThen++
			}
			accepted = append(accepted, e)
			continue
		case e.refusedNow == 0:
			v.report.RefusedThen++
		case e.refusedNow != l.reason:
			v.letterUnfounded(e.coordinate, c.id, "dead letter's reason", e.refusedNow.String(), l.reason.String())
		}
		v.fitsRecord(l, e.coordinate, e.checksum)
		v.report.Records++
		v.report.DeadLetters++
	}
	return accepted
}
