package config

import (
	"strings"
	"testing"
	"time"
)

func TestRefitSchedules(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	after := time.Date(2026, 3, 27, 12, 0, 0, 0, berlin)
	for _, tc := range []struct {
		cron, want string
	}{
		{"0 4 * * *", "2026-03-28T04:00:00+01:00"},
		{"0 4 * * 0", "2026-03-29T04:00:00+02:00"}, // the night that summer begins
		{"@monthly", "2026-04-01T00:00:00+02:00"},
		{"15 3 29 2 *", "2028-02-29T03:15:00+01:00"},
	} {
		c, _, err := Load(Options{Env: []string{"CLVSTREAM_MODEL_REFIT_CRON=" + tc.cron}})
		if err != nil {
			t.Errorf("%q: %v", tc.cron, err)
			continue
		}
		if next, ok := c.Model.Refit.Next(after); !ok || next.Format(time.RFC3339) != tc.want {
			t.Errorf("%q comes next at %s, %v; want %s", tc.cron, next.Format(time.RFC3339), ok, tc.want)
		}
	}
	if next, ok := Default().Model.Refit.Next(after); ok {
		t.Errorf("without a schedule it comes at %s", next)
	}
}

func TestRefitsThatCanNotBe(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		want string
	}{
		{"no cron", []string{"CLVSTREAM_MODEL_REFIT_CRON=every day"}, `model.refit.cron: "every day" is not allowed; give a cron expression`},
		{"61 minutes", []string{"CLVSTREAM_MODEL_REFIT_CRON=61 4 * * *"}, `model.refit.cron: "61 4 * * *" is not allowed`},
		{"seconds", []string{"CLVSTREAM_MODEL_REFIT_CRON=0 0 4 * * *"}, "5 fields"},
		{"30 February", []string{"CLVSTREAM_MODEL_REFIT_CRON=0 4 30 2 *"}, `model.refit.cron: "0 4 30 2 *" never occurs`},
		{"31 April", []string{"CLVSTREAM_MODEL_REFIT_CRON=0 4 31 4,6,9,11 *"}, "never occurs"},
		{"beyond the ledger", []string{"CLVSTREAM_MODEL_REFIT_CRON=@daily", "CLVSTREAM_MODEL_REFIT_HOLDOUT_DAYS=91"}, "business.lateness_days only; give at most 90"},
		{"no such model", []string{"CLVSTREAM_MODEL_REFIT_MODEL=simple"}, "auto, bgnbd, mbgnbd, paretonbd, nbd or bgbb"},
		{"margin", []string{"CLVSTREAM_MODEL_REFIT_MARGIN=-0.1"}, "a number from 0 to 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, _, err := Load(Options{Env: tc.env}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	if _, _, err := Load(Options{Env: []string{"CLVSTREAM_MODEL_REFIT_HOLDOUT_DAYS=91"}}); err != nil {
		t.Errorf("a holdout without a schedule: %v", err)
	}
}
