package due

import (
	"maps"
	"testing"
	"time"

	"github.com/clvstream/clvstream/state"
)

func TestShardsMustHaveWhatIdleInputsHad(t *testing.T) {
	got := neededBy(map[string]state.Head{"a/0": {Kind: state.HeadIdle, UpTo: 7}, "a/1": {Kind: state.HeadIdle}, "b/0": {Kind: state.HeadAt, AtMicros: 5}, "junk": {UpTo: 3}})
	if want := (state.Applied{{Topic: "a"}: 6}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Seconds of two clocks: that of the data, and the wall's, which begins at live.
const (
	second = int64(time.Second / time.Microsecond)
	live   = 1_000_000 * second
)

// behind is an input in which records wait.
func behind(at int64) state.Head { return state.Head{Kind: state.HeadAt, AtMicros: at * second} }

// caughtUp is an input whose furthest event, of an event time, was applied at a second of
// the wall clock, as its last record; it was looked at last at another.
func caughtUp(at, applied, looked int64) state.Head {
	return state.Head{
		Kind: state.HeadIdle, AtMicros: at * second, SeenMicros: live + looked*second, ActiveMicros: live + applied*second,
		Furthest: state.Sighting{AtMicros: at * second, SeenMicros: live + applied*second},
	}
}

func empty(looked int64) state.Head {
	return state.Head{Kind: state.HeadIdle, SeenMicros: live + looked*second, ActiveMicros: live}
}

// The wall clock is at second 100; of what is live, event times are, too.
func TestStreamTimeIsTheLowestOfTheInputs(t *testing.T) {
	const now, liveSecond = 100, 1_000_000
	older := caughtUp(liveSecond+40, 40, now)
	older.Furthest, older.ActiveMicros = state.Sighting{AtMicros: live + 40*second, SeenMicros: live + 42*second}, live+99*second
	before := state.Head{Kind: state.HeadIdle, AtMicros: 500 * second, SeenMicros: live + now*second}
	for name, c := range map[string]struct {
		heads       map[string]state.Head
		wall, event int64 // seconds; 0: not known
	}{
		"nothing is known":      {nil, 0, 0},
		"one input is unread":   {map[string]state.Head{"a/0": behind(500), "a/1": {}}, 0, 0},
		"records wait":          {map[string]state.Head{"a/0": behind(500), "a/1": behind(400)}, 400, 400},
		"nothing ever came":     {map[string]state.Head{"a/0": empty(now)}, 0, 0},
		"nothing came in one":   {map[string]state.Head{"a/0": behind(500), "a/1": empty(now)}, 500, 500},
		"live, and caught up":   {map[string]state.Head{"a/0": caughtUp(liveSecond+90, 91, now)}, liveSecond + 99, liveSecond + 90},
		"live, and quiet":       {map[string]state.Head{"a/0": caughtUp(liveSecond-500, -499, now)}, liveSecond + 99, liveSecond - 500},
		"the end of a replay":   {map[string]state.Head{"a/0": caughtUp(500, 70, now)}, 530, 500},
		"replays of two files":  {map[string]state.Head{"a/0": caughtUp(500, 70, now), "a/1": caughtUp(400, 75, now)}, 425, 400},
		"one of them is quiet":  {map[string]state.Head{"a/0": caughtUp(500, 70, now), "a/1": caughtUp(400, 40, now)}, 530, 500},
		"both are quiet":        {map[string]state.Head{"a/0": caughtUp(500, 20, now), "a/1": caughtUp(400, 10, now)}, 580, 500},
		"live beside a replay":  {map[string]state.Head{"a/0": caughtUp(liveSecond+90, 91, now), "a/1": behind(400)}, 400, 400},
		"live beside its end":   {map[string]state.Head{"a/0": caughtUp(liveSecond+90, 91, now), "a/1": caughtUp(400, 41, now)}, 459, 400},
		"and a minute after it": {map[string]state.Head{"a/0": caughtUp(liveSecond+90, 91, now), "a/1": caughtUp(400, 40, now)}, liveSecond + 99, liveSecond + 90},
		"a consumer has died":   {map[string]state.Head{"a/0": caughtUp(liveSecond+90, 91, now), "a/1": caughtUp(liveSecond-100, -99, 80)}, liveSecond + 79, liveSecond - 100},
		"only late events come": {map[string]state.Head{"a/0": older}, liveSecond + 98, liveSecond + 40},
		"a clock ahead":         {map[string]state.Head{"a/0": behind(liveSecond + 5000)}, liveSecond + now, liveSecond + now},
		"of a version before":   {map[string]state.Head{"a/0": before}, 500, 500},
	} {
		for mode, want := range map[Mode]int64{Wall: c.wall, Event: c.event} {
			config := Config{Mode: mode}
			got, ok := config.streamTime(c.heads, live+now*second)
			if !ok {
				got = 0
			}
			if got != want*second {
				t.Errorf("%s: in mode %s stream time is %d s, want %d", name, mode, got/second, want)
			}
		}
	}
}

// Values are counted anew only where no input's records of the past are to come.
func TestABacklogIsOfThePast(t *testing.T) {
	const now, anHour = 100, 3600
	for name, c := range map[string]struct {
		head    state.Head
		micros  int64 // stream time, seconds before the clock
		backlog bool
	}{
		"orders of now":           {behind(now - 2), 2, false},
		"orders of hours ago":     {behind(0), anHour + 1, true},
		"not read yet":            {state.Head{}, anHour + 1, true},
		"the end of an old file":  {caughtUp(500, 70, now), 400 * anHour, false},
		"nothing ever came there": {empty(now), 400 * anHour, false},
	} {
		if got := backlog(map[string]state.Head{"a/0": c.head}, live-c.micros*second, live); got != c.backlog {
			t.Errorf("%s: backlog is %t", name, got)
		}
	}
}
