package integration

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// A policy holds back the changes that are too small and no others: what is
// published has moved enough, or tells another status, stage or worth, which pass
// every threshold; and verify finds nothing unannounced that has.
func TestPolicyHoldsChangesBack(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		events := traffic(t, newSeed(t), 250)
		policies := []struct{ absolute, relative float64 }{{20, .4}, {75, 0}, {0, .25}}
		if pair.Kafka != nil {
			policies = policies[:1] // the servers make no difference to the others
		}
		for _, policy := range policies {
			d := deploy(t, pair, "policy.absolute="+format(policy.absolute), "policy.relative="+format(policy.relative))
			d.consume(t)
			d.publish(t)
			d.produce(t, d.records(events)...)
			report := d.settled(t)
			t.Logf("%+v: %d changes of %d events", policy, report.Changes, report.Events)
			if report.Changes == 0 || report.Changes-report.DueChanges > int64(len(events))*9/10 {
				t.Errorf("%+v: %d changes of %d events: nothing is held back", policy, report.Changes, len(events))
			}
			stands := map[string]standing{}
			for _, record := range d.committed(t, d.config.ChangesTopic()) {
				c := readChange(t, record.Value)
				moved, before := math.Abs(parse(t, c.CLV.Delta)), math.Abs(parse(t, c.CLV.Previous))
				enough := moved >= policy.absolute-.01 && moved >= policy.relative*before-.01 // they are rounded to cents
				now := standing{c.Status, c.Acquisition.Worthwhile}
				if c.Version > 1 && now == stands[c.CustomerID] && c.Stage.Current == c.Stage.Previous && !enough {
					t.Errorf("%+v: published although it moved from %s by %s: %s", policy, c.CLV.Previous, c.CLV.Delta, record.Value)
				}
				stands[c.CustomerID] = now
			}
		}
	})
}

// standing is what the test keeps of a customer's last change.
type standing struct {
	status     string
	worthwhile bool
}

// change is what tests read of a published change.
type change struct {
	CustomerID string `json:"customer_id"`
	Version    int64  `json:"version"`
	Status     string `json:"status"`
	Stage      struct {
		Previous string `json:"previous"`
		Current  string `json:"current"`
	} `json:"stage"`
	Acquisition struct {
		Worthwhile bool `json:"worthwhile"`
	} `json:"acquisition"`
	CLV struct {
		Previous string `json:"previous"`
		Delta    string `json:"delta"`
	} `json:"clv"`
}

func readChange(t *testing.T, value []byte) (c change) {
	t.Helper()
	if err := json.Unmarshal(value, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func format(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func parse(t *testing.T, s string) float64 {
	t.Helper()
	return must(strconv.ParseFloat(s, 64))(t)
}
