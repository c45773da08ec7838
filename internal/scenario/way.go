package scenario

import (
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Way is a way in which the same events come to the whole system. What is wanted holds in
// each: how a past is fed in must not matter.
type Way string

// The ways.
const (
	AsWritten       Way = "as written"
	Slowly          Way = "slowly"           // a minute between two events
	InPieces        Way = "in pieces"        // two minutes after each third of the events
	FourPartitions  Way = "four partitions"  // of the topic, a customer's events in one of them
	RestartInMiddle Way = "restart"          // after half of the events, and two minutes
	EventMode       Way = "awake.mode event" // due times fire by the events alone
)

var ways = []Way{AsWritten, Slowly, InPieces, FourPartitions, RestartInMiddle, EventMode}

func waysOf(n *yaml.Node) ([]Way, error) {
	all, err := eachOf(n, func(n *yaml.Node) ([]Way, error) {
		if !slices.Contains(ways, Way(n.Value)) {
			return nil, fmt.Errorf("line %d: %q is no way; there are %q", n.Line, n.Value, ways)
		}
		return []Way{Way(n.Value)}, nil
	})
	if all == nil {
		all = []Way{AsWritten}
	}
	return all, err
}

// piecePause is longer than the minute after which a quiet input holds nobody back.
const piecePause = 2 * time.Minute

// Steps are the file's steps in a way.
func (w Way) Steps(f *File) []Step {
	events := 0
	for i := range f.Steps {
		if f.Steps[i].Verb == Arrive {
			events++
		}
	}
	var steps []Step
	partitions := map[string]int32{} // by customer
	n := 0
	for _, step := range f.Steps {
		if step.Verb != Arrive {
			steps = append(steps, step)
			continue
		}
		if w == FourPartitions {
			if _, known := partitions[step.Event.Customer]; !known {
				partitions[step.Event.Customer] = int32(len(partitions) % 4)
			}
			moved := *step.Event
			moved.Partition = partitions[moved.Customer]
			step.Event = &moved
		}
		steps = append(steps, step)
		n++
		switch {
		case w == Slowly:
			steps = append(steps, Step{Line: step.Line, Verb: Pause, Span: time.Minute})
		case w == InPieces && (n == (events+2)/3 || n == (2*events+2)/3):
			steps = append(steps, Step{Line: step.Line, Verb: Pause, Span: piecePause})
		case w == RestartInMiddle && n == (events+1)/2:
			steps = append(steps, Step{Line: step.Line, Verb: Pause, Span: piecePause}, Step{Line: step.Line, Verb: Restart})
		}
	}
	return steps
}
