package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
)

func newModelActivate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activate VERSION",
		Short: "Bring a pushed model into force for all customers",
		Long: `From now on every event is valued by the model, in all consumers and publishers.
All other customers are valued anew over a span, each at a time of their own, and
the change is announced with the reason "model" where the policy has it announced.
The publishers do this: "clvstream model list" shows how far they are, and it is
gone on with after any stop or crash.

VERSION may be shortened while it is clear which one is meant. "configured" goes
back to the model that each process has configured.`,
		Example: "  clvstream model activate 3f2a0c1b2d3e --over 6h\n  clvstream model activate configured --silent",
		Args:    oneArgument("a version, as `clvstream model list` shows them"),
	}
	return activating(cmd, func(s *system, in state.Activation) (state.Activation, bool, error) {
		version := cmd.Flags().Arg(0)
		if version != state.Configured { // it may be shortened, and must be usable here
			model, err := inforce.Resolver{Config: s.cfg}.Pushed(cmd.Context(), s.store, version)
			if err != nil {
				return state.Activation{}, false, nameError(err)
			}
			version = model.Label
		}
		return s.store.Activate(cmd.Context(), version, in.FromMicros, in.Span, in.Silent)
	})
}

// nameError marks a name that stands for no model as wrong usage.
func nameError(err error) error {
	if unknown := (*inforce.NameError)(nil); errors.As(err, &unknown) {
		return cli.Usage(err)
	}
	return err
}

// activating completes a command that brings a model into force from the instant on that
// the inputs have come to, over --over.
func activating(cmd *cobra.Command, activate func(*system, state.Activation) (state.Activation, bool, error)) *cobra.Command {
	var in state.Activation
	cmd.Flags().DurationVar(&in.Span, "over", 0, "the `time` over which customers without an event are valued anew, such as 6h; default: model.activation_span")
	cmd.Flags().BoolVar(&in.Silent, "silent", false, "announce nothing of it: changes tell the new values when something else happens")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (_ answer, err error) {
		if !cmd.Flags().Changed("over") {
			in.Span = s.cfg.Model.ActivationSpan
		}
		if in.Span < 0 {
			return nil, cli.Usage(fmt.Errorf("--over %s: want 0 or more, such as 6h", in.Span))
		}
		if err := s.connect(cmd.Context(), needState); err != nil {
			return nil, err
		}
		if in.FromMicros, err = assembly.StreamTime(cmd.Context(), s.cfg, s.store); err != nil {
			return nil, err
		}
		a, changed, err := activate(s, in)
		if errors.Is(err, state.ErrUnknownModel) || errors.Is(err, state.ErrNoActivation) {
			err = cli.Usage(err)
		}
		return activatedAnswer{activationViewOf(&a), changed}, err
	})
}

type activatedAnswer struct {
	activationView
	changed bool
}

func (a activatedAnswer) WriteText(w io.Writer) error {
	if !a.changed {
		line(w, "%s is in force already, since %s", a.Version, a.At)
		return nil
	}
	line(w, "%s is in force; customers without an event are valued anew over %s, from %s on: `clvstream model list` shows how far they are", a.Version, a.Over, a.From)
	return nil
}
