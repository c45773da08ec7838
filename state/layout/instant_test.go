package layout

import (
	"bytes"
	"math"
	"testing"
)

// instantsOfNote are of every form, and at the ends of what 64 bits hold.
var instantsOfNote = []int64{
	0, 1, -1, 999, 1000, -1000, 1_000_000, -1_000_000, 1_728_000_000_000_000, 1_728_000_000_123_000, 1_728_000_000_123_456,
	-62_135_596_800_000_000, math.MaxInt64, math.MinInt64, math.MaxInt64 / microsPerSecond * microsPerSecond, math.MinInt64 / microsPerMilli * microsPerMilli,
}

func TestInstants(t *testing.T) {
	for _, since := range instantsOfNote {
		for _, at := range instantsOfNote {
			stored := appendInstant(nil, at, since)
			r := &reader{rest: string(stored)}
			if got := r.instant(since); got != at || r.end("instant") != nil {
				t.Errorf("%d since %d is stored as %x, and read as %d, %v", at, since, stored, got, r.err)
			}
			// Any other form of the same instant is refused.
			for f := form(0); f < forms; f++ {
				r := &reader{rest: string(f.append([]byte{byte(f)}, at, since))}
				if got := r.instant(since); f != form(stored[0]) && got == at && r.end("instant") == nil {
					t.Errorf("%d since %d is read in form %d, too", at, since, f)
				}
			}
		}
	}
}

func TestInstantsOfACustomer(t *testing.T) {
	const latest = 1_728_000_000_123_000
	for what, c := range map[string]struct {
		at    instants
		bytes int
	}{
		"nothing":     {instants{}, 4},
		"a new order": {instants{atLatest: latest, atAsOf: latest, atFirst: latest, atStage: latest, atTier: latest, atAnnouncedTier: latest, atAnnounced: latest, atDue: 1_728_086_400_000_000}, 4 + 6 + 3},
		"a due time": {instants{
			atLatest: latest, atAsOf: latest + 877_000, atFirst: latest, atStage: latest + 877_000, atTier: latest, atAnnouncedTier: latest, atAnnouncedStage: latest + 877_000, atAnnounced: latest + 877_000,
		}, 4 + 6 + 1 + 2 + 2},
	} {
		stored := appendInstants(nil, &c.at)
		r := &reader{rest: string(stored)}
		if got := r.instants(); got != c.at || r.end("instants") != nil || len(stored) != c.bytes {
			t.Errorf("%s is stored as %x, %d bytes, and read as %v, %v", what, stored, len(stored), got, r.err)
		}
	}
}

func TestAnotherFormOfAnInstantIsNewer(t *testing.T) {
	stored := appendInstants(nil, &instants{})
	for form := byte(forms); form < 1<<formBits; form++ {
		later := bytes.Clone(stored)
		later[0] = form
		r := &reader{rest: string(later)}
		r.instants()
		wantError(t, "instants of another form", r.end("instants"), ErrNewer)
		r = &reader{rest: string([]byte{form})}
		r.instant(0)
		wantError(t, "an instant of another form", r.end("instant"), ErrNewer)
	}
}
