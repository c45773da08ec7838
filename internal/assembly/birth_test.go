package assembly

import (
	"errors"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/state"
)

// A command reads a namespace by the settings that it was created with, and refuses others
// that are set.
func TestFixedSettingsAreAdopted(t *testing.T) {
	const created = "time_zone=Europe/London currency=GBP lateness_days=30"
	for _, tc := range []struct{ set, wrong string }{
		{"", ""},
		{"business:\n  currency: GBP\n  time_zone: Europe/London\n", ""},
		{"business:\n  currency: EUR\n", "namespace clv has business.currency GBP, and clv.yaml:2:13 says EUR"},
		{"business:\n  time_zone: Europe/Berlin\n", "business.time_zone Europe/London"},
		{"business:\n  lateness_days: 90\n", "business.lateness_days 30"}, // also where it is the default
		{"erasure:\n  later_events: anew\n", ""},
		{"erasure:\n  later_events: refuse\n", "erasure.later_events anew"},
	} {
		cfg, from, err := config.Load(config.Options{File: "clv.yaml", Text: []byte(tc.set)})
		if err != nil {
			t.Fatal(err)
		}
		err = AdoptFixed(&cfg, from, created, "anew")
		if tc.wrong != "" {
			if !errors.Is(err, state.ErrBornOtherwise) || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("%q: %v, want %q", tc.set, err, tc.wrong)
			}
			continue
		}
		if err != nil || fingerprint(cfg) != created || cfg.Erasure.LaterEvents != config.LaterAnew {
			t.Errorf("%q: %v, and it is %s", tc.set, err, fingerprint(cfg))
		}
	}
}

// What a namespace was created with is written in the same text by all versions.
func TestFingerprintStays(t *testing.T) {
	if got := fingerprint(config.Default()); got != "time_zone=UTC currency=USD lateness_days=90" {
		t.Error(got)
	}
}
