package layout

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/clv"
)

// What the statistics count in place of the value, written down once, as are the bytes of
// the whole customer.
func TestStoredBytesOfARefresh(t *testing.T) {
	with := func(r clv.Refreshed) string {
		c := sampleCustomer()
		c.Refreshed = r
		return hex.EncodeToString(AppendCustomer(nil, &c))
	}
	const model = "02" + "7631" // is all that follows
	without := with(clv.Refreshed{})
	sample := sampleCustomer()
	utc := sample.Value.AsOfMicros / microsPerDay
	for _, c := range []struct {
		refreshed clv.Refreshed
		bytes     string
	}{
		{clv.Refreshed{Known: true, AliveKnown: true, AlivePercent: 100}, "00" + "00" + "64"},
		{clv.Refreshed{Known: true, Day: 60, PredictedMinor: -1, AliveKnown: true, AlivePercent: 42}, "78" + "01" + "2a"},
		{clv.Refreshed{Known: true, Day: 365, PredictedMinor: 123_456, ByOther: true}, "da05" + "80890f" + "ff"},
	} {
		if utc != 0 {
			t.Fatal("the sample is as of another day")
		}
		want := without[:4] + "3f" + strings.TrimSuffix(without[6:], model) + c.bytes + model
		got := with(c.refreshed)
		if got != want {
			t.Errorf("%+v: stored as\n%s, want\n%s", c.refreshed, got, want)
		}
		stored, err := hex.DecodeString(got)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := DecodeCustomer(string(stored)); err != nil || read.Refreshed != c.refreshed {
			t.Errorf("%+v: read as %+v, %v", c.refreshed, read, err)
		}
	}
}

func TestARefreshOfMoreThanAllIsNewer(t *testing.T) {
	c := sampleCustomer()
	c.Refreshed = clv.Refreshed{Known: true, AliveKnown: true, AlivePercent: 101}
	if read, err := DecodeCustomer(string(AppendCustomer(nil, &c))); !errors.Is(err, ErrNewer) {
		t.Errorf("read as %+v, %v", read, err)
	}
}
