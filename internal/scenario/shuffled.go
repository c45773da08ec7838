package scenario

import (
	"math/rand/v2"
	"slices"
)

const (
	shuffles = 12
	// mostShuffled is beyond which number of events their order is left as it is: a long
	// list repeats itself.
	mostShuffled = 200
)

// Shuffled reads again with the events before each reading in other orders of arrival:
// values are a function of the set of events. Where an order makes an event too late, or
// the file wants a dead letter, it says nothing; and what an erasure takes depends on what had
// come before it.
func Shuffled(f *File) (found []Difference, err error) {
	rnd := rand.New(rand.NewPCG(1, 2)) // the same orders each time
	in := *f                           // with the valuation in force
	for i := range f.Steps {
		step := f.Steps[i]
		if step.Verb == Activate {
			in.Valuation = f.inForce(&step)
		}
		events := arrivals(f.Steps[:i])
		refused := slices.ContainsFunc(events, func(s Step) bool { return s.Event.Refused != "" || s.Event.erases })
		if step.Verb != Read || len(events) < 2 || len(events) > mostShuffled || refused {
			continue
		}
		for range shuffles {
			rnd.Shuffle(len(events), func(a, b int) { events[a], events[b] = events[b], events[a] })
			differing, err := in.inOrder(append(slices.Clone(events), step))
			if err != nil || len(differing) > 0 {
				found = append(found, differing...)
				break
			}
		}
	}
	return found, err
}

func arrivals(steps []Step) (events []Step) {
	for _, step := range steps {
		if step.Verb == Arrive {
			events = append(events, step)
		}
	}
	return events
}

// inOrder folds events as they stand, all at one instant, and compares the reading at their end.
func (f *File) inOrder(steps []Step) ([]Difference, error) {
	g := *f
	g.Changes, g.Never = nil, nil
	for _, step := range steps {
		g.Begins = later(g.Begins, step.At)
		if step.Event != nil {
			g.Begins = later(g.Begins, step.Event.At)
		}
	}
	seen, err := Fold(&g, steps)
	if err != nil || len(seen.Letters) > 0 {
		return nil, err
	}
	seen.By, seen.Knows, seen.Letters = "fold, events in another order", knownNaively, nil
	return g.Differences(steps, seen), nil
}
