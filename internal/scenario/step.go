package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Verb says what a step does.
type Verb uint8

// The steps of a file.
const (
	Arrive   Verb = iota + 1 // an event arrives
	Read                     // a customer is read as of an instant, and compared
	Clock                    // the clock goes on to an instant, the system at work
	Pause                    // the clock goes on by a span
	Restart                  // consumer and publisher end and start again
	Stop                     // they end
	Start                    // they start again
	Copy                     // the store is copied aside
	Rollback                 // the store is put back to what was copied
	Activate                 // a model comes into force, at once for all customers
)

// Step is one line of a scenario.
type Step struct {
	Line     int
	Verb     Verb
	Event    *Event        // of Arrive
	At       time.Time     // of Read and Clock
	Span     time.Duration // of Pause
	Customer string        // of Read
	Wanted   []Wanted      // of Read
	Model    string        // of Activate: one of the file's models, or configured
	Silent   bool          // of Activate: it is not announced
}

// Event is an event as its producer sends it.
type Event struct {
	Line      int
	ID        string
	Customer  string
	At        time.Time // occurred_at; zero where the JSON has none that can be read
	Value     []byte    // JSON
	Topic     string
	Partition int32
	Refused   string // the reason of the dead letter that it must become; empty: none
	erases    bool   // it is an erasure
}

// Place is the input partition that carries the event.
func (e *Event) Place() string { return e.Topic + "/" + strconv.Itoa(int(e.Partition)) }

// plainSteps are the steps of one word.
var plainSteps = map[string]Verb{"restart": Restart, "stop": Stop, "start": Start, "copy": Copy, "rollback": Rollback}

// steps reads one item of the list of steps, which is a step, or several that repeat.
func (f *File) steps(n *yaml.Node) ([]Step, error) {
	if n.Kind == yaml.ScalarNode {
		return f.line(n.Line, n.Value)
	}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return nil, fmt.Errorf("line %d: a step is one line, such as `- P o1 01-31 50`, or has one key, such as `- at 03-20: {clv: 60.00}`", n.Line)
	}
	key, value := n.Content[0].Value, n.Content[1]
	word, rest, _ := strings.Cut(key, " ")
	switch word {
	case "at":
		step, err := f.reading(n.Line, rest, value)
		return []Step{step}, err
	case "repeat":
		return f.repeated(n.Line, rest, value.Value)
	case "json":
		e, err := eventOfJSON(n.Line, rest, value.Value)
		return []Step{{Line: n.Line, Verb: Arrive, Event: e}}, err
	default:
		return nil, fmt.Errorf("line %d: %q is no step; with a colon there are `at TIME:`, `repeat COUNT:` and `json [WORDS]:`", n.Line, key)
	}
}

// line reads a step of one line.
func (f *File) line(line int, text string) ([]Step, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return nil, fmt.Errorf("line %d: a step is empty", line)
	}
	step := Step{Line: line}
	var err error
	switch verb := plainSteps[words[0]]; {
	case verb != 0 && len(words) == 1:
		step.Verb = verb
	case words[0] == "clock" && len(words) == 2:
		step.Verb = Clock
		step.At, err = parseMoment(words[1])
	case words[0] == "activate":
		err = f.activation(&step, words[1:])
	case words[0] == "pause" && len(words) == 2:
		step.Verb = Pause
		step.Span, err = parseSpan(words[1])
	default:
		step.Verb = Arrive
		step.Event, err = parseEvent(line, words, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	return []Step{step}, nil
}

// Configured is the model of the settings, among those that may be activated.
const Configured = "configured"

// activation reads `activate NAME` and `activate NAME silently`.
func (f *File) activation(step *Step, words []string) error {
	step.Verb = Activate
	if len(words) == 2 && words[1] == "silently" {
		step.Silent, words = true, words[:1]
	}
	if len(words) != 1 {
		return errors.New("activate wants a model: `activate NAME` or `activate NAME silently`")
	}
	if step.Model = words[0]; step.Model != Configured && f.Models[step.Model].Model == nil {
		return fmt.Errorf("activate: %q is none of the `models:` of the file, nor %s", step.Model, Configured)
	}
	return nil
}

// repeated reads `repeat 65: R o 01-03 1 refund r{n}` and `repeat 10 every 7d: …`: the
// line as often as that, {n} counting from 1, each a span after the one before.
func (f *File) repeated(line int, how, text string) ([]Step, error) {
	words := strings.Fields(how)
	var every time.Duration
	var err error
	if len(words) == 3 && words[1] == "every" {
		every, err = parseSpan(words[2])
		words = words[:1]
	}
	count := 0
	if len(words) == 1 {
		count, _ = strconv.Atoi(words[0])
	}
	if err != nil || count < 1 || count > 100_000 {
		return nil, fmt.Errorf("line %d: repeat wants a count and may want a span: `repeat 65: …`, `repeat 10 every 7d: …`", line)
	}
	steps := make([]Step, count)
	for i := range steps {
		nth := strings.ReplaceAll(text, "{n}", strconv.Itoa(i+1))
		e, err := parseEvent(line, strings.Fields(nth), time.Duration(i)*every)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		steps[i] = Step{Line: line, Verb: Arrive, Event: e}
	}
	return steps, nil
}

// reading reads `at 03-20: {clv: 60.00, of: ann}`.
func (f *File) reading(line int, when string, n *yaml.Node) (Step, error) {
	step := Step{Line: line, Verb: Read, Customer: defaultCustomer}
	var err error
	if step.At, err = parseMoment(when); err != nil {
		return step, fmt.Errorf("line %d: %w", line, err)
	}
	if n.Kind != yaml.MappingNode {
		return step, fmt.Errorf("line %d: `at` wants values: `at 03-20: {clv: 60.00, orders: 2}`", line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value == "of" {
			step.Customer = value.Value
			continue
		}
		wanted, err := wantedValue(key, value)
		if err != nil {
			return step, err
		}
		step.Wanted = append(step.Wanted, wanted)
	}
	return step, nil
}

// verbs are the steps of one line, for those who wrote another.
func verbs() string {
	return strings.Join(slices.Sorted(maps.Keys(forms)), ", ") + ", activate, clock, pause, " + strings.Join(slices.Sorted(maps.Keys(plainSteps)), ", ")
}
