package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

func newModel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Push, activate, roll back and compare the models that customers are valued by",
		Long: `The registry in Redis holds model files, as "clvstream fit --out" writes them, by
the version that each states. Activating one brings it into force in every
consumer and publisher at once: events after that are valued by it, and all other
customers within --over. Nothing has to be configured or started again.

While a model is activated, model.file and model.name of the configuration are
not used. "activate configured" goes back to them.

  clvstream fit --from-topic --out model.yaml
  clvstream model push model.yaml
  clvstream model diff 3f2a0c1b2d3e
  clvstream model activate 3f2a0c1b2d3e --over 6h
  clvstream model list
  clvstream model rollback`,
	}
	group(cmd)
	cmd.AddCommand(newModelPush(), newModelList(), newModelActivate(), newModelRollback(), newModelDiff())
	return cmd
}

func newModelPush() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Keep a model file in the registry, without activating it",
		Long: `Checks the file, which must be fitted in business.currency, and keeps it under its
version. A version that is there already stays as it is.`,
		Example: "  clvstream model push model.yaml --redis 127.0.0.1:6379",
		Args:    oneArgument("a model file"),
	}
	asJSON := jsonFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, _, err := load(cmd)
		if err != nil {
			return err
		}
		file, text, err := readModelFile(args[0], cfg)
		if err != nil {
			return cli.Usage(err)
		}
		s, err := reach(cmd.Context(), cfg, needState)
		if err != nil {
			return err
		}
		defer s.close()
		pushed, err := s.store.PushModel(cmd.Context(), file.Version(), text)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(cmd.OutOrStdout(), map[string]any{"version": file.Version(), "model": file.Model, "pushed": pushed})
		}
		if !pushed {
			line(cmd.OutOrStdout(), "%s %s was there already", file.Model, file.Version())
			return nil
		}
		line(cmd.OutOrStdout(), "pushed %s %s; `clvstream model activate %[2]s` brings it into force", file.Model, file.Version())
		return nil
	}
	return cmd
}

// readModelFile reads a file that this business can use, and the text that the
// registry is to keep of it.
func readModelFile(path string, cfg config.Config) (*modelfile.File, []byte, error) {
	file, err := modelfile.Load(path)
	if err != nil {
		return nil, nil, err
	}
	text, err := file.Encode()
	if err != nil {
		return nil, nil, err
	}
	if _, err := modelfile.ParseFor(text, cfg.Business.Currency); err != nil {
		return nil, nil, fmt.Errorf("push %s: %w", path, err)
	}
	return file, text, nil
}

// passFlags say how customers pass to another model.
type passFlags struct {
	over   time.Duration
	silent bool
	json   *bool
}

func addPassFlags(cmd *cobra.Command) *passFlags {
	f := &passFlags{}
	cmd.Flags().DurationVar(&f.over, "over", 0, "the `time` over which customers without an event are valued anew, such as 6h; default: model.activation_span")
	cmd.Flags().BoolVar(&f.silent, "silent", false, "announce nothing of it: changes tell the new values when something else happens")
	f.json = jsonFlag(cmd)
	return f
}

// span is --over, or what is configured.
func (f *passFlags) span(cmd *cobra.Command, cfg config.Config) (time.Duration, error) {
	if !cmd.Flags().Changed("over") {
		return cfg.Model.ActivationSpan, nil
	}
	if f.over < 0 {
		return 0, cli.Usage(fmt.Errorf("--over %s: want 0 or more, such as 6h", f.over))
	}
	return f.over, nil
}

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
	f := addPassFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.pass(cmd, func(ctx context.Context, s *system, from int64, span time.Duration) (state.Activation, bool, error) {
			version, err := s.usableVersion(ctx, args[0])
			if err != nil {
				return state.Activation{}, false, err
			}
			return s.store.Activate(ctx, version, from, span, f.silent)
		})
	}
	return cmd
}

func newModelRollback() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Go back to the model that was in force before",
		Long: `Activates the model that the active one has replaced, or the configured one where
none was activated before. A second rollback goes back one further.`,
		Example: "  clvstream model rollback --over 10m",
		Args:    cli.NoArguments,
	}
	f := addPassFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return f.pass(cmd, func(ctx context.Context, s *system, from int64, span time.Duration) (state.Activation, bool, error) {
			a, err := s.store.Rollback(ctx, from, span, f.silent)
			return a, true, err
		})
	}
	return cmd
}

// pass activates, and says what.
func (f *passFlags) pass(cmd *cobra.Command, activate func(ctx context.Context, s *system, from int64, span time.Duration) (state.Activation, bool, error)) error {
	cfg, _, err := load(cmd)
	if err != nil {
		return err
	}
	span, err := f.span(cmd, cfg)
	if err != nil {
		return err
	}
	s, err := reach(cmd.Context(), cfg, needState)
	if err != nil {
		return err
	}
	defer s.close()
	from, err := assembly.StreamTime(cmd.Context(), cfg, s.store)
	if err != nil {
		return err
	}
	a, changed, err := activate(cmd.Context(), s, from, span)
	if errors.Is(err, state.ErrUnknownModel) || errors.Is(err, state.ErrNoActivation) {
		return cli.Usage(err)
	}
	if err != nil {
		return err
	}
	if *f.json {
		return printJSON(cmd.OutOrStdout(), activationViewOf(&a))
	}
	if !changed {
		line(cmd.OutOrStdout(), "%s is in force already, since %s", a.Version, instant(a.AtMicros))
		return nil
	}
	line(cmd.OutOrStdout(), "%s is in force; customers without an event are valued anew over %s, from %s on: `clvstream model list` shows how far they are", a.Version, a.Span, instant(a.FromMicros))
	return nil
}

// usableVersion completes a shortened version, and checks that this business can
// use the model.
func (s *system) usableVersion(ctx context.Context, short string) (string, error) {
	if short == state.Configured {
		return short, nil
	}
	pushed, err := s.pushed(ctx, short)
	if err != nil {
		return "", err
	}
	if _, err := modelfile.ParseFor(pushed.File, s.cfg.Business.Currency); err != nil {
		return "", cli.Usage(fmt.Errorf("activate %s: %w", pushed.Version, err))
	}
	return pushed.Version, nil
}

// leastShort is how many digits of a version are enough to name it.
const leastShort = 4

// pushed finds a model by its version, which may be shortened.
func (s *system) pushed(ctx context.Context, short string) (state.PushedModel, error) {
	r, err := s.store.Registry(ctx)
	if err != nil {
		return state.PushedModel{}, err
	}
	var found []state.PushedModel
	var all []string
	for _, m := range r.Models {
		all = append(all, m.Version)
		if m.Version == short {
			return m, nil
		}
		if len(short) >= leastShort && strings.HasPrefix(m.Version, short) {
			found = append(found, m)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return state.PushedModel{}, cli.Usage(fmt.Errorf("version %s may be %s or %s: give more of it", short, found[0].Version, found[1].Version))
	case len(all) == 0:
		return state.PushedModel{}, cli.Usage(fmt.Errorf("no model %s: the registry is empty: `clvstream model push` a file", short))
	default:
		return state.PushedModel{}, cli.Usage(fmt.Errorf("no model %s in the registry: there are %s", short, strings.Join(all, ", ")))
	}
}
