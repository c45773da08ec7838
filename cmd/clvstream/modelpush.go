package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

func newModelPush() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Store a model file in the registry, without activating it",
		Long: `Checks the file, which must be fitted in business.currency, and stores it under its
version, which stands for all that changes a value. Of a version that is already stored,
the newer text is kept if it values customers alike, such as one that adds the covariance of
the parameters (log_covariance); one that lacks the covariance changes nothing, and one of
other parameters is refused.`,
		Example: "  clvstream model push model.yaml --redis 127.0.0.1:6379",
		Args:    oneArgument("a model file"),
	}
	return answering(cmd, func(cmd *cobra.Command, s *system, args []string) (answer, error) {
		model, err := modelfile.Build(modelfile.Spec{File: args[0]}, s.cfg.Business.Currency)
		if err != nil {
			return nil, cli.Usage(err)
		}
		text, err := model.File.Encode()
		if err != nil {
			return nil, err
		}
		if err := s.connect(cmd.Context(), needState); err != nil {
			return nil, err
		}
		pushed, err := s.store.PushModel(cmd.Context(), model.Version(), text, model.File.Supersedes)
		return pushedAnswer{model.Name(), pushed == state.PushedNew, pushed == state.PushedReplaced, model.Version()}, err
	})
}

type pushedAnswer struct {
	Model    string `json:"model"`
	Pushed   bool   `json:"pushed"`
	Replaced bool   `json:"replaced"` // the text of a version that was stored
	Version  string `json:"version"`
}

func (a pushedAnswer) WriteText(w io.Writer) error {
	switch {
	case a.Replaced:
		line(w, "%s %s was stored, and its text is replaced by this one: the values stay", a.Model, a.Version)
		return nil
	case !a.Pushed:
		line(w, "%s %s is already stored", a.Model, a.Version)
		return nil
	}
	line(w, "pushed %s %s; `clvstream model activate %[2]s` puts it into force", a.Model, a.Version)
	return nil
}
