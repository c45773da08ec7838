package main

import (
	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/state"
)

func newModelRollback() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Return to the model that was in force before",
		Long: `Activates the model that the active one replaced, or the configured one if none was
active before. A second rollback goes back one activation further.`,
		Example: "  clvstream model rollback --over 10m",
		Args:    cli.NoArguments,
	}
	return activating(cmd, func(s *system, in state.Activation) (state.Activation, bool, error) {
		a, err := s.store.Rollback(cmd.Context(), in.FromMicros, in.Span, in.Silent)
		return a, true, err
	})
}
