// Package declared finds the settings in which the processes at work on a namespace differ
// where they should not: those that decide which events count and what customers are worth.
//
//	consumer, publisher ──► Keep ──► Redis (renewed while at work) ──► Others ──► log, metric
//	commands ─────────────────────────────────────────────────────────┴──► a warning
//
// It refuses nothing: while a new configuration is rolled out, processes differ. Settings are
// compared as text, as they would stand in a file; a model by its version. Secrets are not
// among them.
package declared

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/state"
)

// Settings are those of a process that decide what customers are worth, as text by name.
type Settings map[string]string

// deciding are the sections whose settings do, and beside the ones that only say when
// something is done, or how fast, or are fixed in the namespace.
var (
	deciding = []string{"events.", "business.", "model.", "awake.", "tiers.", "policy."}
	beside   = []string{"model.file", "model.refit.", "model.activation_span", "awake.rate", "tiers.cut.", "business.time_zone", "business.currency", "business.lateness_days"}
)

// configuredModel is the name of the version of the model that a configuration names, in the
// place of the path of its file.
const configuredModel = "model"

// Of are the settings of a configuration. A model that cannot be built is left out: who
// values by it says what is wrong, and a command on another machine may do without its file.
func Of(cfg config.Config, from config.Provenance) Settings {
	s := Settings{}
	if model, err := (inforce.Resolver{Config: cfg}).Configured(); err == nil {
		s[configuredModel] = model.Model.Name() + " " + model.Model.Version()
	}
	for _, setting := range from {
		if startsWith(setting.Key, deciding) && !startsWith(setting.Key, beside) && !setting.Secret {
			s[setting.Key] = setting.Value
		}
	}
	return s
}

// Text is what a process declares.
func (s Settings) Text() string {
	text, _ := json.Marshal(s) // strings can always be written
	return string(text)
}

func startsWith(key string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// Difference is a setting in which another process differs.
type Difference struct {
	Process, Setting, Theirs, Own string
}

// String says it in a line.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s has %q, and here it is %q", d.Setting, d.Process, d.Theirs, d.Own)
}

// Others compares settings with those of the processes at work, save one. A setting that one
// of the two does not know, as another version of the program, is not compared.
func Others(ctx context.Context, store *state.Store, own Settings, save string) (found []Difference, err error) {
	atWork, err := store.Declared(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range atWork {
		var theirs Settings
		if other.Process == save || json.Unmarshal([]byte(other.Settings), &theirs) != nil {
			continue // what cannot be read is of another version
		}
		for _, name := range slices.Sorted(maps.Keys(own)) {
			if value, known := theirs[name]; known && value != own[name] {
				found = append(found, Difference{other.Process, name, value, own[name]})
			}
		}
	}
	return found, nil
}

// renewEvery is how often a process at work renews what it declared, and compares; it holds
// for four times that, so that one that was killed is forgotten within minutes.
const renewEvery = 30 * time.Second

// Keep declares the settings of a process and tells in which others differ, at once and then
// again and again until ctx is done; then it takes them back. told gets an error where Redis
// does not answer.
func Keep(ctx context.Context, store *state.Store, process string, own Settings, told func([]Difference, error)) error {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		err := store.Declare(ctx, state.Declared{Process: process, Settings: own.Text()}, 4*renewEvery)
		var others []Difference
		if err == nil {
			others, err = Others(ctx, store, own, process)
		}
		if ctx.Err() == nil {
			told(others, err)
		}
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			return store.Withdraw(end, process)
		case <-tick.C:
		}
	}
}
