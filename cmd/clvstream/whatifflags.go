package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/history"
)

// whatIfFlags are events that have not happened.
type whatIfFlags struct {
	orders, refunds, of, cancels, churns []string
	silence                              string
}

// newOrderPrefix and a number from 1 name the orders of --order.
const newOrderPrefix = "whatif-"

func addWhatIfFlags(cmd *cobra.Command) *whatIfFlags {
	f := &whatIfFlags{}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.orders, "order", nil, "an order, `AMOUNT[@TIME]`; may be repeated")
	flags.StringArrayVar(&f.refunds, "refund", nil, "money back, `AMOUNT[@TIME]`, of the order that --of names; may be repeated")
	flags.StringArrayVar(&f.of, "of", nil, "the `ORDER` of a --refund: one for all, or one for each in their order")
	flags.StringArrayVar(&f.cancels, "cancel", nil, "an order that is cancelled, `ORDER[@TIME]` (with the time where the id holds an @); may be repeated")
	flags.StringArrayVar(&f.churns, "churn", nil, "the customer is known to have left, at this `TIME`")
	flags.StringVar(&f.silence, "silence", "", "then silence, for so many days or until a time: `DAYS|TIME`")
	for _, name := range []string{"order", "refund", "of", "cancel", "churn", "silence"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return f
}

func (f *whatIfFlags) check() error {
	switch {
	case len(f.orders)+len(f.refunds)+len(f.cancels)+len(f.churns) == 0 && f.silence == "" && len(f.of) == 0:
		return errNothingAsked
	case len(f.refunds) == 0 && len(f.of) > 0:
		return errors.New("--of names the order of a --refund: say how much goes back")
	case len(f.refunds) > 0 && len(f.of) == 0:
		return errors.New("--refund is of an order: name it with --of")
	case len(f.of) > 1 && len(f.of) != len(f.refunds):
		return fmt.Errorf("--of is given %d times for %d refunds: give it once for all, or once for each", len(f.of), len(f.refunds))
	default:
		return nil
	}
}

// events are those of the flags, ascending in time.
func (f *whatIfFlags) events(s *stored) ([]history.Event, error) {
	var events []history.Event
	for _, asked := range []struct {
		flag  string
		texts []string
		kind  history.Kind
		fill  func(e *history.Event, what string, n int) error
	}{
		{"order", f.orders, history.OrderPlaced, func(e *history.Event, what string, n int) (err error) {
			e.OrderID = newOrderPrefix + strconv.Itoa(n+1)
			e.AmountMinor, err = s.amountOf(what)
			return err
		}},
		{"refund", f.refunds, history.OrderRefunded, func(e *history.Event, what string, n int) (err error) {
			e.OrderID, e.RefundID = f.of[min(n, len(f.of)-1)], e.ID
			e.AmountMinor, err = s.amountOf(what)
			return err
		}},
		{"cancel", f.cancels, history.OrderCancelled, func(e *history.Event, what string, _ int) error {
			e.OrderID = what
			return nil
		}},
		{"churn", f.churns, history.ChurnConfirmed, func(*history.Event, string, int) error { return nil }},
	} {
		for n, text := range asked.texts {
			e := history.Event{Kind: asked.kind, CustomerID: s.id, ID: fmt.Sprintf("%s%s-%d", newOrderPrefix, asked.flag, n+1)}
			what, when := whenOf(text, asked.kind)
			err := asked.fill(&e, what, n)
			if err == nil {
				e.AtMicros, err = s.instantOf(when)
			}
			if err != nil {
				return nil, fmt.Errorf("--%s %s: %w", asked.flag, text, err)
			}
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
	return events, nil
}

// whenOf parts what is asked from its time, which is now where it is left out.
func whenOf(text string, kind history.Kind) (what, when string) {
	if kind == history.ChurnConfirmed {
		return "", text
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return text[:at], text[at+1:]
	}
	return text, "now"
}

// farthestYears bounds --silence: nothing is watched for longer.
const farthestYears = 100

// until is the end of the silence after an instant.
func (f *whatIfFlags) until(s *stored, afterMicros int64) (int64, error) {
	if f.silence == "" {
		return afterMicros, nil
	}
	var untilMicros int64
	if days, err := strconv.Atoi(f.silence); err == nil {
		if days < 0 || days > farthestYears*366 {
			return 0, fmt.Errorf("--silence %d: want 0 to %d days", days, farthestYears*366)
		}
		at := time.UnixMicro(afterMicros).In(s.valuation.Rules.Calendar.Location())
		untilMicros = at.AddDate(0, 0, days).UnixMicro()
	} else if untilMicros, err = s.instantOf(f.silence); err != nil {
		return 0, fmt.Errorf("--silence %w; or a number of days", err)
	}
	if untilMicros < afterMicros {
		return 0, fmt.Errorf("--silence %s ends before it begins, at %s", f.silence, instant(afterMicros))
	}
	return untilMicros, nil
}
