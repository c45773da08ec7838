package main

import (
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
)

func newModelActivate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "activate VERSION",
		Short: "Put a pushed model into force for all customers",
		Long: `From now on all consumers and publishers use the model. Customers without an event are
revalued by the publishers over a span, each at a time of their own. A change of value
is announced with the reason "model", unless the policy suppresses it. "clvstream model
list" shows the progress; the work continues after a stop or crash.

VERSION may be shortened as long as it is unambiguous. "configured" returns to the
model that each process has configured.`,
		Example: "  clvstream model activate 3f2a0c1b2d3e --over 6h\n  clvstream model activate configured --silent",
		Args:    oneArgument("a version, as `clvstream model list` shows it"),
	}
	return activating(cmd, func(s *system, in state.Activation) (state.Activation, bool, error) {
		version := cmd.Flags().Arg(0)
		if version != state.Configured { // it may be shortened, and this program must be able to use it
			model, err := inforce.Resolver{Config: s.cfg}.Pushed(cmd.Context(), s.store, version)
			if err != nil {
				return state.Activation{}, false, nameError(err)
			}
			version = model.Label
		}
		return s.store.Activate(cmd.Context(), version, in.FromMicros, in.Span, in.Silent)
	})
}

// nameError marks the name of an unknown model as wrong usage.
func nameError(err error) error {
	if unknown := (*inforce.NameError)(nil); errors.As(err, &unknown) {
		return cli.Usage(err)
	}
	return err
}

// longestSpan bounds --over, as model.activation_span is.
const longestSpan = 31 * 24 * time.Hour

// activating completes a command that puts a model into force, from the present stream
// time on and over the span --over.
func activating(cmd *cobra.Command, activate func(*system, state.Activation) (state.Activation, bool, error)) *cobra.Command {
	var in state.Activation
	cli.Duration(cmd.Flags(), &in.Span, "over", 0, 0, longestSpan, "the `span` over which customers without an event are revalued, such as 6h; default: model.activation_span")
	cmd.Flags().BoolVar(&in.Silent, "silent", false, "do not announce the revaluation: the next change for another reason carries the new value")
	return answering(cmd, func(cmd *cobra.Command, s *system, _ []string) (_ answer, err error) {
		if !cmd.Flags().Changed("over") {
			in.Span = s.cfg.Model.ActivationSpan
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
		return activatedAnswer{activationViewOf(&a), changed, clockOf(s.cfg)}, err
	})
}

type activatedAnswer struct {
	activationView
	changed bool
	clock   clock
}

func (a activatedAnswer) WriteText(w io.Writer) error {
	if !a.changed {
		line(w, "%s is already in force, since %s", a.Version, a.clock.sentence(a.At))
		return nil
	}
	line(w, "%s is in force; customers without an event are revalued over %s, from %s on: `clvstream model list` shows the progress", a.Version, a.Over, a.clock.sentence(a.From))
	return nil
}
