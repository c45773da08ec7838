package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/customerview"
	"github.com/clvstream/clvstream/internal/export"
	"github.com/clvstream/clvstream/internal/inforce"
)

func newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export CUSTOMER",
		Short: "Show all that is held of a customer, for who asks for it",
		Long: `Reads everything that is stored of the customer: the orders, refunds and cancels of the
ledger, what waits for its order, the sums of older orders, churn and acquisition, the last
value and what was announced, where the customer stands, when they are due; their value now;
and what waits in the outbox. With --dead-letters it looks through <namespace>.deadletter for
records that may be of them.

--json follows the schema that --schema prints. What the topics hold is not in it: they are
named by "clvstream erase CUSTOMER" without --yes. Nothing is written.`,
		Example: `  clvstream export c42
  clvstream export c42 --json --dead-letters > c42.json
  clvstream export --schema`,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	letters := cmd.Flags().Bool("dead-letters", false, "look for dead letters that may be of the customer")
	schema := cmd.Flags().Bool("schema", false, "print the JSON Schema of the export")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if *schema {
			return cli.NoArguments(cmd, args)
		}
		return oneArgument("the customer's id")(cmd, args)
	}
	answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		return exported(cmd, s, args[0], *letters)
	}, needValues)
	exportOf := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *schema {
			return printSchema(cmd.OutOrStdout())
		}
		return exportOf(cmd, args)
	}
	return cmd
}

func printSchema(out io.Writer) error {
	text, err := export.Schema()
	if err != nil {
		return err
	}
	_, err = out.Write(append(text, '\n'))
	return err
}

func exported(cmd *cobra.Command, s *system, id string, letters bool) (answer, error) {
	ctx := cmd.Context()
	valuation, err := inforce.Resolver{Config: s.cfg}.ValuationInForce(ctx, s.store)
	if err != nil {
		return nil, err
	}
	d, err := export.Collect(ctx, s.store, s.cfg.Namespace, &customerview.Customer{
		ID: id, Valuation: valuation, Currency: s.cfg.Business.Currency, NowMicros: time.Now().UnixMicro(),
	})
	if err != nil || !letters {
		return d, err
	}
	kafka, err := assembly.Kafka(s.cfg)
	if err != nil {
		return nil, cli.Usage(err)
	}
	return d, d.FindLetters(ctx, kafka, s.outputs().DeadLetter)
}
