package inforce

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/clvstream/clvstream/internal/modelfile"
	"github.com/clvstream/clvstream/state"
)

// NameError is a model that was named, by a configuration or a person, and cannot be
// had: another has to be named.
type NameError struct{ error }

// Unwrap is the reason.
func (e *NameError) Unwrap() error { return e.error }

// Named is the model of a name: state.Configured, the path of a file, a version in the
// registry, or, where it is empty, the model in force. The store is opened only where it
// has to be asked.
func (r Resolver) Named(ctx context.Context, name string, open func() (*state.Store, error)) (Model, error) {
	if name == state.Configured {
		return r.Configured()
	}
	if _, err := os.Stat(name); err == nil {
		return Resolver{r.Config, name}.Configured()
	}
	store, err := open()
	if err != nil {
		return Model{}, err
	}
	if name == "" {
		return r.ModelInForce(ctx, store)
	}
	m, err := r.Pushed(ctx, store, name)
	if unknown := (*NameError)(nil); errors.As(err, &unknown) && m.Label == "" {
		err = fmt.Errorf("%w; there is no file of that name either", err)
	}
	return m, err
}

// Pushed is a model of the registry by its version, which may be shortened while it is
// clear which one is meant.
func (r Resolver) Pushed(ctx context.Context, store *state.Store, version string) (Model, error) {
	registry, err := store.Registry(ctx)
	if err != nil {
		return Model{}, err
	}
	pushed, err := find(registry.Models, version)
	if err != nil {
		return Model{}, &NameError{err}
	}
	m := Model{Label: pushed.Version}
	if m.Built, err = modelfile.BuildText(pushed.File, r.Config.Business.Currency); err != nil {
		return m, &NameError{fmt.Errorf("take model %s: %w", pushed.Version, err)}
	}
	return m, nil
}

// leastDigits of a version are enough to name it.
const leastDigits = 4

func find(models []state.PushedModel, version string) (state.PushedModel, error) {
	var found []state.PushedModel
	var all []string
	for _, m := range models {
		all = append(all, m.Version)
		if m.Version == version {
			return m, nil
		}
		if len(version) >= leastDigits && strings.HasPrefix(m.Version, version) {
			found = append(found, m)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return state.PushedModel{}, fmt.Errorf("version %s may be %s or %s: give more characters", version, found[0].Version, found[1].Version)
	case len(all) == 0:
		return state.PushedModel{}, fmt.Errorf("no model %s: the registry is empty: `clvstream model push` a file", version)
	default:
		return state.PushedModel{}, fmt.Errorf("no model %s in the registry: there are %s", version, strings.Join(all, ", "))
	}
}
