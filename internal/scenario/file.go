package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/inforce"
	"github.com/clvstream/clvstream/internal/modelfile"
)

// maxFileBytes bounds a file: a scenario is for people.
const maxFileBytes = 1 << 20

// File is a scenario.
type File struct {
	Name     string // of the file
	Scenario string // what it is about, in a sentence
	Why      string // the reason of what is wanted, in words
	Item     string // of the rule that it holds, such as O1
	Fails    string // why the present program misses it; empty: it does not

	Config    config.Config
	Valuation clv.Valuation
	Models    map[string]modelfile.Built // that steps may activate
	// Begins is where the clock stands before the first step; zero: the clock goes with
	// the events, each arriving when it happened or, if late, right after the one before.
	Begins time.Time
	Ways   []Way // in which the whole system is run
	Steps  []Step
	// Changes are all that must be announced, in order for each customer; nil: they are
	// not compared.
	Changes []WantedChange
	// Never are changes of which none may be announced.
	Never []WantedChange
}

// Live says whether the clock goes with the events.
func (f *File) Live() bool { return f.Begins.IsZero() }

// ReadFile reads a scenario by its path.
func ReadFile(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("read scenario %s: it is above 1 MiB; write `repeat` where lines repeat", path)
	}
	return Parse(path, text)
}

// Parse reads a scenario's text.
func Parse(name string, text []byte) (*File, error) {
	f := &File{Name: name}
	if err := f.parse(text); err != nil {
		return nil, fmt.Errorf("read scenario %s: %w", name, err)
	}
	return f, nil
}

// SettingsError says that the configuration refuses a scenario's settings.
type SettingsError struct {
	Scenario, Item, Fails string // what the file says of itself
	Err                   error
}

// Error is the configuration's.
func (e *SettingsError) Error() string { return "settings: " + e.Err.Error() }

// Unwrap is the configuration's error.
func (e *SettingsError) Unwrap() error { return e.Err }

// keys are those at the top of a file.
var keys = []string{"scenario", "why", "item", "fails", "settings", "model", "models", "clock", "ways", "steps", "changes", "never"}

func (f *File) parse(text []byte) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil {
		return fmt.Errorf("it is not YAML: %w", err)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("it has no keys; there are %s", strings.Join(keys, ", "))
	}
	given := map[string]*yaml.Node{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key := root.Content[i]
		switch {
		case !slices.Contains(keys, key.Value):
			return fmt.Errorf("line %d: %q is no key of a scenario; there are %s", key.Line, key.Value, strings.Join(keys, ", "))
		case given[key.Value] != nil:
			return fmt.Errorf("line %d: %s is given twice", key.Line, key.Value)
		}
		given[key.Value] = root.Content[i+1]
	}
	for key, to := range map[string]*string{"scenario": &f.Scenario, "why": &f.Why, "item": &f.Item, "fails": &f.Fails} {
		if n := given[key]; n != nil {
			*to = strings.TrimSpace(n.Value)
		}
	}
	if f.Scenario == "" || f.Why == "" {
		return errors.New("`scenario:` must say what it is about, and `why:` why that is right, in words and figures")
	}
	if err := f.settings(given["settings"], given["model"]); err != nil {
		return err
	}
	if err := f.models(given["models"]); err != nil {
		return err
	}
	return f.script(given)
}

// script reads the steps and what is wanted of the changes.
func (f *File) script(given map[string]*yaml.Node) (err error) {
	if n := given["clock"]; n != nil {
		if f.Begins, err = parseMoment(n.Value); err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
	}
	if f.Ways, err = waysOf(given["ways"]); err != nil {
		return err
	}
	if f.Steps, err = eachOf(given["steps"], f.steps); err != nil {
		return err
	}
	one := func(n *yaml.Node) ([]WantedChange, error) {
		c, err := wantedChange(n)
		return []WantedChange{c}, err
	}
	if f.Never, err = eachOf(given["never"], one); err != nil {
		return err
	}
	f.Changes, err = eachOf(given["changes"], one)
	if given["changes"] != nil && f.Changes == nil {
		f.Changes = []WantedChange{}
	}
	if err == nil && len(f.Steps) == 0 {
		err = errors.New("`steps:` has no step; write events, such as `- P o1 01-31 50`, and what must be read, such as `- at 03-20: {clv: 60.00}`")
	}
	return err
}

// eachOf reads the items of a list that may be missing.
func eachOf[T any](n *yaml.Node, read func(*yaml.Node) ([]T, error)) (all []T, err error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: a list is wanted: lines that begin with `- `", n.Line)
	}
	for _, item := range n.Content {
		some, err := read(item)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// settings reads the excerpt of a configuration and the text of a model file.
func (f *File) settings(n, model *yaml.Node) error {
	text := []byte{}
	if n != nil {
		marshalled, err := yaml.Marshal(n)
		if err != nil {
			return fmt.Errorf("line %d: %w", n.Line, err)
		}
		text = append(bytes.Repeat([]byte("\n"), n.Line-1), marshalled...) // so that lines are named as they are here
	}
	var err error
	if f.Config, _, err = config.Load(config.Options{File: f.Name, Text: text}); err != nil {
		return f.refused(err)
	}
	resolver := inforce.Resolver{Config: f.Config}
	if model != nil {
		file, err := temporary(model.Value)
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(file) }()
		resolver.File = file
	}
	if f.Valuation, err = resolver.Valuation(); err != nil {
		return f.refused(err)
	}
	return nil
}

func (f *File) refused(err error) error {
	return &SettingsError{Scenario: f.Scenario, Item: f.Item, Fails: f.Fails, Err: err}
}

// models reads the texts of model files that steps may activate, by names of the file's own.
func (f *File) models(n *yaml.Node) error {
	f.Models = map[string]modelfile.Built{}
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: `models:` wants names, each with the text of a model file", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		built, err := modelfile.BuildText([]byte(n.Content[i+1].Value), f.Config.Business.Currency)
		if err != nil {
			return fmt.Errorf("line %d: %w", n.Content[i].Line, err)
		}
		f.Models[n.Content[i].Value] = built
	}
	return nil
}

// inForce is the valuation after an activation.
func (f *File) inForce(step *Step) clv.Valuation {
	v := f.Valuation
	if step.Model != Configured {
		v.By(f.Models[step.Model].Model)
	}
	v.Policy.SilentModel = step.Silent
	return v
}

func temporary(text string) (path string, err error) {
	file, err := os.CreateTemp("", "model-*.yaml")
	if err != nil {
		return "", fmt.Errorf("write the model to a file: %w", err)
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write the model to a file: %w", err)
	}
	return file.Name(), nil
}
