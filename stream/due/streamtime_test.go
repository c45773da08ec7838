package due

import (
	"testing"

	"github.com/clvstream/clvstream/state"
)

func TestStreamTimeIsTheLowestOfTheInputs(t *testing.T) {
	at := func(micros int64) state.Head { return state.Head{Kind: state.HeadAt, AtMicros: micros} }
	idle := func(micros, seen int64) state.Head {
		return state.Head{Kind: state.HeadIdle, AtMicros: micros, SeenMicros: seen}
	}
	const wall = 1000
	for name, c := range map[string]struct {
		heads       map[string]state.Head
		wall, event int64 // 0: not known
	}{
		"nothing is known":          {nil, 0, 0},
		"one input is unread":       {map[string]state.Head{"a/0": at(500), "a/1": {}}, 0, 0},
		"all are behind":            {map[string]state.Head{"a/0": at(500), "a/1": at(400)}, 400, 400},
		"one is caught up":          {map[string]state.Head{"a/0": at(500), "a/1": idle(90, 999)}, 500, 500},
		"all are caught up":         {map[string]state.Head{"a/0": idle(500, 998), "a/1": idle(90, 997)}, 997, 500},
		"a consumer has died":       {map[string]state.Head{"a/0": idle(500, 998), "a/1": idle(90, 600)}, 600, 500},
		"nothing ever came":         {map[string]state.Head{"a/0": idle(0, 998)}, 998, 0},
		"a producer's clock is off": {map[string]state.Head{"a/0": at(5000)}, wall, wall},
		"an observer's clock is":    {map[string]state.Head{"a/0": idle(500, 5000)}, wall, 500},
	} {
		for mode, want := range map[Mode]int64{Wall: c.wall, Event: c.event} {
			got, ok := streamTime(c.heads, mode, wall)
			if !ok {
				got = 0
			}
			if got != want {
				t.Errorf("%s: in mode %s stream time is %d, want %d", name, mode, got, want)
			}
		}
	}
}
