package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
)

// stored is a customer as Redis holds them, and by what they are valued.
type stored struct {
	*clv.Customer
	id        string
	cfg       config.Config
	valuation clv.Valuation
	nowMicros int64 // the clock, and never before the latest event
}

// readCustomer reads a customer of the configured deployment.
func readCustomer(cmd *cobra.Command, id string) (*stored, error) {
	cfg, _, err := load(cmd)
	if err != nil {
		return nil, err
	}
	models := inforce.Resolver{Config: cfg}
	if _, err := models.Valuation(); err != nil {
		return nil, cli.Usage(err)
	}
	s, err := connect(cmd.Context(), cfg, needState)
	if err != nil {
		return nil, err
	}
	defer s.close()
	valuation, err := models.ValuationInForce(cmd.Context(), s.store)
	if err != nil {
		return nil, err
	}
	customer, err := s.store.Customer(cmd.Context(), id)
	if err != nil {
		return nil, err
	}
	if customer == nil {
		return nil, fmt.Errorf("customer %q is not known in namespace %s", id, cfg.Namespace)
	}
	return &stored{
		Customer: customer, id: id, cfg: cfg, valuation: valuation,
		nowMicros: max(time.Now().UnixMicro(), customer.History.LatestMicros),
	}, nil
}

// money is an amount as a decimal in major units.
func (s *stored) money(minor float64) string {
	return string(money.AppendMajor(nil, minor, s.cfg.Business.Currency.Exponent()))
}

// timeForms are how an instant may be written without a zone; it is then the
// business's.
var timeForms = []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateTime}

// timeHelp says how, for the help of flags.
const timeHelp = "now, 2026-12-24, 2026-12-24T18:30 (business.time_zone) or 2026-12-24T18:30:00Z; a date is the first instant of its day"

// instantOf reads an instant: now, a date, a date and time of the business's
// zone, or RFC 3339.
func (s *stored) instantOf(text string) (int64, error) {
	if text == "now" {
		return s.nowMicros, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UnixMicro(), nil
	}
	cal := s.valuation.Rules.Calendar
	for _, form := range timeForms {
		at, err := time.ParseInLocation(form, text, cal.Location())
		switch {
		case err != nil:
		case form == time.DateOnly: // a day may begin later than midnight
			return cal.Start(calendar.NewCalendar(nil).Day(dateOf(at))), nil
		default:
			return at.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%q is no time: want %s", text, timeHelp)
}

// dateOf is midnight UTC of a local date.
func dateOf(at time.Time) int64 {
	year, month, day := at.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).UnixMicro()
}

// amountOf reads an amount in major units of the business's currency.
func (s *stored) amountOf(text string) (int64, error) {
	currency := s.cfg.Business.Currency
	minor, err := money.ParseMinor(strings.TrimSpace(text), currency.Exponent())
	switch {
	case err != nil:
		return 0, fmt.Errorf("amount %q: %w; want a decimal of %s such as %s", text, err, currency, money.FormatMinor(2933, currency.Exponent()))
	case minor < 0:
		return 0, fmt.Errorf("amount %q is below 0: money that goes back is a --refund", text)
	}
	return minor, nil
}

// timeFlag is a flag whose value is a time, now by default.
func timeFlag(cmd *cobra.Command, name, usage string) *string {
	at := cmd.Flags().String(name, "now", usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"now"}, cobra.ShellCompDirectiveNoFileComp))
	return at
}

// at reads the customer as of an instant, or says from when on that is known.
func (s *stored) at(atMicros int64) (clv.Reading, error) {
	reading, err := s.At(s.id, atMicros, &s.valuation)
	var sealed *clv.SealedError
	if errors.As(err, &sealed) {
		return clv.Reading{}, fmt.Errorf("customer %q as of %s: %w; ask from then on: what is older is in the log alone, which `clvstream verify` reads from its start", s.id, instant(atMicros), sealed)
	}
	return reading, err
}
