package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
	"github.com/clvstream/clvstream/stream/audience"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the effective settings and the source of each",
		Long: `Prints every setting as YAML that can be used as a configuration file, with the
source of its value: the default, a file and line, a variable, or a flag. Of a
secret, only whether it is set is shown. An audience's filter that does not compile,
and a webhook whose secret or address cannot be used, are errors.

The last line names the model in force, if Redis answers within a second. A model
that was activated with "clvstream model" overrides the configured one.`,
		Args: cli.NoArguments,
	}
	asJSON := jsonFlag(cmd)
	reference := cmd.Flags().Bool("reference", false, "print the commented reference of all settings instead")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *reference {
			return config.WriteReference(cmd.OutOrStdout())
		}
		cfg, from, err := load(cmd)
		if err != nil {
			return err
		}
		if err := audience.Check(assembly.Audiences(cfg)); err != nil {
			return cli.Usage(err)
		}
		if _, err := assembly.Webhooks(cfg); err != nil {
			return cli.Usage(err)
		}
		if *asJSON {
			return from.WriteJSON(cmd.OutOrStdout())
		}
		if err := from.WriteYAML(cmd.OutOrStdout()); err != nil {
			return err
		}
		line(cmd.OutOrStdout(), "\n# model in force: %s", modelInForce(cmd.Context(), cfg, from))
		return nil
	}
	return cmd
}

// askWithin is how long a command that can do without Redis waits for it.
const askWithin = time.Second

// modelInForce says which model customers are valued by.
func modelInForce(ctx context.Context, cfg config.Config, from config.Provenance) string {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s, err := connect(ctx, cfg, from, needValues)
	if err != nil {
		if errors.Is(err, state.ErrBornOtherwise) {
			return err.Error()
		}
		return "the configured one, unless another was activated: no state could be read in Redis"
	}
	defer s.close()
	model, err := inforce.Resolver{Config: s.cfg}.ModelInForce(ctx, s.store)
	switch {
	case err != nil:
		return fmt.Sprintf("unknown: %v", err)
	case model.Activation.Number > 0:
		return model.Label + ", activated " + clockOf(s.cfg).Named(time.UnixMicro(model.Activation.AtMicros)) + "; the model configured above is not used"
	default:
		return "the configured one"
	}
}
