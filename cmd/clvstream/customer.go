package main

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerread"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/stream/change"
)

// customerCommand completes a command that shows a stored customer, as text or JSON.
func customerCommand[V any](cmd *cobra.Command, ask func(*customerview.Customer) (V, error), print func(io.Writer, *V, clock) error) *cobra.Command {
	cmd.Args, cmd.ValidArgsFunction = oneArgument("the customer's id"), cobra.NoFileCompletions
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := readCustomer(cmd, args[0])
		if err != nil {
			return err
		}
		v, err := ask(c)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), v)
		}
		return print(cmd.OutOrStdout(), &v, clockAt(c))
	}
	return cmd
}

// readCustomer reads a customer of the configured deployment.
func readCustomer(cmd *cobra.Command, id string) (*customerview.Customer, error) {
	cfg, from, err := load(cmd)
	if err != nil {
		return nil, err
	}
	_, err = assembly.Decoding(cfg)
	if err == nil {
		_, err = inforce.Resolver{Config: cfg}.Valuation()
	}
	if err != nil {
		return nil, cli.Usage(err)
	}
	s, err := connect(cmd.Context(), cfg, from, needValues)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return customerread.Customer(cmd.Context(), s.cfg, s.store, id)
}

// timeFlag is a flag whose value is a time, now by default.
func timeFlag(cmd *cobra.Command, name, usage string) *string {
	at := cmd.Flags().String(name, "now", usage)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions([]string{"now"}, cobra.ShellCompDirectiveNoFileComp))
	return at
}

func instant(micros int64) string { return customerview.Instant(micros) }

// clockAt is the clock of the customer's business.
func clockAt(c *customerview.Customer) clock { return clock{c.Valuation.Rules.Calendar} }

// float is a figure for people.
func float(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }

// figure is a number among values, for people; empty where there is none.
func figure(v change.Values, path string) string {
	f := change.As[*float64](v, path)
	if f == nil {
		return ""
	}
	return float(*f)
}
