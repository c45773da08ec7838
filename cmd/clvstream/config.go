package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/stream/audience"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings in force and where each came from",
		Long: `Prints every setting as YAML that can be used as a configuration file, with
where its value came from: the default, a file and line, a variable, or a flag.
Secrets are shown only as set or not. An audience's filter that does not compile
is an error.

A last line says which model is in force, if Redis answers within a second: one
that was activated with "clvstream model" is, whatever is configured.`,
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
		if *asJSON {
			return from.WriteJSON(cmd.OutOrStdout())
		}
		if err := from.WriteYAML(cmd.OutOrStdout()); err != nil {
			return err
		}
		line(cmd.OutOrStdout(), "\n# model in force: %s", modelInForce(cmd.Context(), cfg))
		return nil
	}
	return cmd
}

// askWithin is for how long Redis is asked by a command that can do without it.
const askWithin = time.Second

// modelInForce says which model customers are valued by.
func modelInForce(ctx context.Context, cfg config.Config) string {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	s, err := connect(ctx, cfg, needState)
	if err != nil {
		return "the configured one, unless another was activated: no state can be asked in Redis"
	}
	defer s.close()
	model, err := inforce.Resolver{Config: cfg}.ModelInForce(ctx, s.store)
	switch {
	case err != nil:
		return fmt.Sprintf("not known: %v", err)
	case model.Activation.Number > 0:
		return model.Label + ", activated " + instant(model.Activation.AtMicros) + "; what is configured above is not used"
	default:
		return "the configured one"
	}
}
