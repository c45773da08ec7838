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
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/customerview"
)

// whatIfFlags are hypothetical events.
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
	flags.StringArrayVar(&f.refunds, "refund", nil, "a refund, `AMOUNT[@TIME]`, of the order that --of names; may be repeated")
	flags.StringArrayVar(&f.of, "of", nil, "the `ORDER` of a --refund: one for all refunds, or one for each, in the same order")
	flags.StringArrayVar(&f.cancels, "cancel", nil, "a cancel of an order, `ORDER[@TIME]` (the time is required if the id contains an @); may be repeated")
	flags.StringArrayVar(&f.churns, "churn", nil, "a confirmed churn at this `TIME`; may be repeated")
	flags.StringVar(&f.silence, "silence", "", "silence after the events, for a number of days or until a time: `DAYS|TIME`")
	for _, name := range []string{"order", "refund", "of", "cancel", "churn", "silence"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	return f
}

func (f *whatIfFlags) check() error {
	switch {
	case len(f.orders)+len(f.refunds)+len(f.cancels)+len(f.churns) == 0 && f.silence == "" && len(f.of) == 0:
		return errors.New("no event is given: give --order, --refund with --of, --cancel, --churn or --silence")
	case len(f.refunds) == 0 && len(f.of) > 0:
		return errors.New("--of names the order of a --refund: give the amount with --refund")
	case len(f.refunds) > 0 && len(f.of) == 0:
		return errors.New("--refund needs its order: name it with --of")
	case len(f.of) > 1 && len(f.of) != len(f.refunds):
		return fmt.Errorf("--of is given %d times for %d refunds: give it once, or once per refund", len(f.of), len(f.refunds))
	default:
		return nil
	}
}

// events are those of the flags, ascending in time.
func (f *whatIfFlags) events(c *customerview.Customer) ([]history.Event, error) {
	var events []history.Event
	for _, asked := range []struct {
		flag  string
		texts []string
		kind  history.Kind
	}{{"order", f.orders, history.OrderPlaced}, {"refund", f.refunds, history.OrderRefunded}, {"cancel", f.cancels, history.OrderCancelled}, {"churn", f.churns, history.ChurnConfirmed}} {
		for n, text := range asked.texts {
			e := history.Event{Kind: asked.kind, CustomerID: c.ID, ID: fmt.Sprintf("%s%s-%d", newOrderPrefix, asked.flag, n+1)}
			if err := f.fill(&e, c, n, text); err != nil {
				return nil, fmt.Errorf("--%s %s: %w", asked.flag, text, err)
			}
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b history.Event) int { return cmp.Compare(a.AtMicros, b.AtMicros) })
	return events, nil
}

// fill reads what the nth flag of a kind says.
func (f *whatIfFlags) fill(e *history.Event, c *customerview.Customer, n int, text string) (err error) {
	what, when := whenOf(text, e.Kind)
	switch e.Kind {
	case history.OrderPlaced:
		e.OrderID = newOrderPrefix + strconv.Itoa(n+1)
	case history.OrderRefunded:
		e.OrderID, e.RefundID = f.of[min(n, len(f.of)-1)], e.ID
	case history.OrderCancelled:
		e.OrderID = what
	}
	if e.Kind == history.OrderPlaced || e.Kind == history.OrderRefunded {
		if e.AmountMinor, err = amountOf(what, c.Currency); err != nil {
			return err
		}
	}
	e.AtMicros, err = c.ParseInstant(when)
	return err
}

// amountOf reads an amount in major units of a currency.
func amountOf(text string, currency money.Currency) (minor int64, err error) {
	minor, err = money.ParseMinor(strings.TrimSpace(text), currency.Exponent())
	switch {
	case err != nil:
		return 0, fmt.Errorf("amount %q: %w; want a decimal of %s such as %s", text, err, currency, money.FormatMinor(2933, currency.Exponent()))
	case minor < 0:
		return 0, fmt.Errorf("amount %q is below 0: give a refund as --refund", text)
	}
	return minor, nil
}

// whenOf separates the time from the rest of a flag's value; the default is now.
func whenOf(text string, kind history.Kind) (what, when string) {
	if kind == history.ChurnConfirmed {
		return "", text
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return text[:at], text[at+1:]
	}
	return text, "now"
}

// farthestYears bounds --silence: no due time is later.
const farthestYears = 100

// until is the end of the silence after the last event, or after now if that is
// later.
func (f *whatIfFlags) until(c *customerview.Customer, events []history.Event) (int64, error) {
	afterMicros := c.NowMicros
	if len(events) > 0 {
		afterMicros = max(afterMicros, events[len(events)-1].AtMicros)
	}
	if f.silence == "" {
		return afterMicros, nil
	}
	var untilMicros int64
	if days, err := strconv.Atoi(f.silence); err == nil {
		if days < 0 || days > farthestYears*366 {
			return 0, fmt.Errorf("--silence %d: want 0 to %d days", days, farthestYears*366)
		}
		at := time.UnixMicro(afterMicros).In(c.Valuation.Rules.Calendar.Location())
		untilMicros = at.AddDate(0, 0, days).UnixMicro()
	} else if untilMicros, err = c.ParseInstant(f.silence); err != nil {
		return 0, fmt.Errorf("--silence %w, or a number of days", err)
	}
	if untilMicros < afterMicros {
		return 0, fmt.Errorf("--silence %s ends before it begins, at %s", f.silence, clockAt(c).exact(afterMicros))
	}
	return untilMicros, nil
}
