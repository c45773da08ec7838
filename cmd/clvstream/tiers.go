package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/cli"
)

func newTiers() *cobra.Command {
	cmd := &cobra.Command{Use: "tiers", Short: "Find borders between customers of different value"}
	var asJSON bool
	cut := &cobra.Command{
		Use:   "cut NAME=PERCENTILE...",
		Short: "Say where tiers begin that stand at percentiles of the base",
		Long: `Reads the kept statistics (no customer is scanned) and prints, as configuration,
the CLV at which each tier begins. A percentile is the share of customers below the
tier: gold=80 is the top 20 %. The borders are off by what the histogram of CLV
spaces its bins by (see docs/statistics.md).`,
		Example: "  clvstream tiers cut silver=50 gold=80",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return cutTiers(cmd, args, asJSON)
		},
	}
	cut.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.AddCommand(cut)
	return cmd
}

// border is where a tier begins.
type border struct {
	Name       string  `json:"name"`
	Percentile float64 `json:"percentile"`
	From       string  `json:"from"` // major units
}

var errNoCustomers = errors.New("there are no customers yet: tiers can not be cut")

func cutTiers(cmd *cobra.Command, args []string, asJSON bool) error {
	borders, err := parseBorders(args)
	if err != nil {
		return cli.Usage(err)
	}
	cfg, _, err := load(cmd)
	if err != nil {
		return err
	}
	s, err := reach(cmd.Context(), cfg, needState)
	if err != nil {
		return err
	}
	defer s.close()
	statistics, err := s.store.Statistics(cmd.Context())
	if err != nil {
		return err
	}
	values := statistics.CLVHistogram()
	if statistics.Totals().Customers == 0 {
		return errNoCustomers
	}
	exponent := cfg.Business.Currency.Exponent()
	for i := range borders {
		from := int64(math.Round(values.Quantile(borders[i].Percentile / 100)))
		borders[i].From = string(clv.AppendMinor(nil, from, exponent))
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"currency": cfg.Business.Currency.String(), "borders": borders})
	}
	texts := make([]string, len(borders))
	for i, b := range borders {
		texts[i] = fmt.Sprintf("{name: %s, from: %s}", b.Name, b.From)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "tiers:\n  borders: [%s]\n", strings.Join(texts, ", "))
	return nil
}

// parseBorders reads NAME=PERCENTILE, ascending.
func parseBorders(args []string) ([]border, error) {
	var borders []border
	for _, arg := range args {
		name, text, ok := strings.Cut(arg, "=")
		percentile, err := strconv.ParseFloat(text, 64)
		switch {
		case !ok || name == "" || err != nil || !(percentile >= 0 && percentile < 100):
			return nil, fmt.Errorf("%q: want NAME=PERCENTILE, such as gold=80, with a percentile from 0 to below 100", arg)
		case len(borders) > 0 && percentile <= borders[len(borders)-1].Percentile:
			return nil, fmt.Errorf("%q does not begin above %s: give the tiers from the lowest to the highest", arg, borders[len(borders)-1].Name)
		}
		borders = append(borders, border{Name: name, Percentile: percentile})
	}
	return borders, nil
}
