package assembly

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clvstream/clvstream/internal/config"
)

// The work runs at its times in the time zone, and ends with its context.
func TestRunsAtItsTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 10*24*time.Hour)
		defer stop()
		var ran []string
		atTimes(ctx, "test", config.Refit{Cron: "30 4 * * 1,5"}.Next, berlin, func(context.Context) error {
			ran = append(ran, time.Now().In(berlin).Format("Mon 2006-01-02 15:04"))
			time.Sleep(90 * time.Minute) // it takes its time
			return errors.New("and fails, which ends nothing")
		})
		want := "Mon 2000-01-03 04:30, Fri 2000-01-07 04:30, Mon 2000-01-10 04:30"
		if got := strings.Join(ran, ", "); got != want {
			t.Errorf("ran at %s, want %s", got, want)
		}
		if ctx.Err() == nil {
			t.Error("the schedule ended before its context")
		}
	})
}

// What is not scheduled never runs, and holds nobody.
func TestNothingScheduledEnds(t *testing.T) {
	atTimes(t.Context(), "test", config.TierCut{}.Next, time.UTC, func(context.Context) error { t.Error("it ran"); return nil })
}
