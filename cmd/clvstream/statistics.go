package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv/calendar"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/clv/statistics"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/terminal"
)

// statisticsHelp is what the commands about the base have in common.
const statisticsHelp = `

The figures are kept with every commit and read in one call; no customer is read.
Amounts are in the business's currency, and values as of each customer's latest
event or due time. docs/statistics.md says what each figure means.`

// base is the statistics of a deployment, and how it writes them.
type base struct {
	*statistics.Statistics
	currency money.Currency
	tiers    []config.TierBorder
	// horizonDays is over how long the model in force predicts; today is the day in
	// the business's time zone.
	horizonDays float64
	today       calendar.Day
}

// shown is what a command says, in each of the forms that can be asked for.
type shown struct {
	json    any
	csv     sheet
	caption string // of the text; said once of many groups
	text    func(out io.Writer, charts bool) error
}

// sheet is a table for programs: names as in JSON, plain numbers.
type sheet struct {
	header []string
	rows   [][]string
}

func (s *sheet) add(cells ...string) { s.rows = append(s.rows, cells) }

// statisticsCommand completes a command that looks at the statistics alone.
func statisticsCommand(cmd *cobra.Command, show func(*base) (shown, error)) *cobra.Command {
	cmd.Long += statisticsHelp
	cmd.Args = cli.NoArguments
	asJSON := jsonFlag(cmd)
	asCSV := cmd.Flags().Bool("csv", false, "print comma-separated values with a header line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *asJSON && *asCSV {
			return cli.Usage(errors.New("--json and --csv are two forms of the same: give one"))
		}
		b, err := readBase(cmd)
		if err != nil {
			return err
		}
		s, err := show(b)
		if err != nil {
			return cli.Usage(err)
		}
		switch out := cmd.OutOrStdout(); {
		case *asJSON:
			return printJSON(out, s.json)
		case *asCSV:
			return s.csv.write(out)
		default:
			if s.caption != "" && b.Everybody().Sums().Customers > 0 {
				fmt.Fprintln(out, s.caption)
			}
			return s.text(out, terminal.Is(out))
		}
	}
	return cmd
}

// readBase reads the statistics of the configured deployment.
func readBase(cmd *cobra.Command) (*base, error) {
	cfg, _, err := load(cmd)
	if err != nil {
		return nil, err
	}
	s, err := connect(cmd.Context(), cfg, needState)
	if err != nil {
		return nil, err
	}
	defer s.close()
	read, err := s.store.Statistics(cmd.Context())
	if err != nil {
		return nil, err
	}
	valuation, err := inforce.Resolver{Config: cfg}.ValuationInForce(cmd.Context(), s.store)
	if err != nil {
		return nil, err
	}
	return &base{
		Statistics: read, currency: cfg.Business.Currency, tiers: cfg.Tiers.Borders,
		horizonDays: valuation.Model.Predict(history.Facts{PurchaseDays: 1}).HorizonDays,
		today:       valuation.Rules.Calendar.Day(time.Now().UnixMicro()),
	}, nil
}

func (s *sheet) write(out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.WriteAll(append([][]string{s.header}, s.rows...)); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// money is an amount as a decimal in major units.
func (b *base) money(minor int64) string { return money.FormatMinor(minor, b.currency.Exponent()) }

// moneyMean is an amount for each of so many; empty for none.
func (b *base) moneyMean(minor, of int64) string {
	if of == 0 {
		return ""
	}
	return string(money.AppendMajor(nil, float64(minor)/float64(of), b.currency.Exponent()))
}

// inCurrency heads a column of amounts.
func (b *base) inCurrency(name string) string { return name + " " + b.currency.String() }

// tierName is a tier's configured name, or its number where none is known: the
// deployment may be configured otherwise than this command.
func (b *base) tierName(tier int32) string {
	switch {
	case tier == 0:
		return "none"
	case int(tier) <= len(b.tiers):
		return b.tiers[tier-1].Name
	default:
		return fmt.Sprint("tier ", tier)
	}
}

// chart draws each row's part of the greatest beside it, where a person looks.
type chart struct {
	most  float64
	drawn bool
}

func newChart(drawn bool, values ...int64) chart {
	c := chart{drawn: drawn}
	for _, v := range values {
		c.most = max(c.most, float64(v))
	}
	return c
}

// header is a table's header with room for the bars.
func (c chart) header(columns ...string) []string {
	if c.drawn {
		return append(columns, "")
	}
	return columns
}

func (c chart) row(value int64, cells ...string) []string {
	if c.drawn && value > 0 {
		return append(cells, bar(float64(value)/c.most, barCells))
	}
	return cells
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// ratio is a part of a whole; 0 of nothing.
func ratio(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

func inPercent(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// decimals is a number for programs: four digits are more than any bin has.
func decimals(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }

// What is said where there is nothing to show.
const (
	nobody       = "nobody has been seen yet"
	nobodyBought = "nobody has bought yet"
)
