package process

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/clvstream/clvstream/internal/declared"
	"github.com/clvstream/clvstream/state"
)

// declare says in Redis by which settings the process works, until it is closed, and logs in
// which others differ: each difference once.
func (p *Process) declare(store *state.Store, open *closers) error {
	settings := declared.Of(p.Config, p.Provenance)
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	ctx, cancel := context.WithCancel(context.Background())
	known := map[declared.Difference]bool{}
	told := func(others []declared.Difference, err error) {
		if err != nil {
			slog.WarnContext(ctx, "other processes' settings could not be compared", "error", err)
			return
		}
		otherSettings.Record(ctx, int64(len(others)))
		for _, d := range others {
			if !known[d] {
				slog.WarnContext(ctx, "another process works by another setting: give all the same", "setting", d.Setting, "process", d.Process, "theirs", d.Theirs, "own", d.Own)
			}
			known[d] = true
		}
	}
	ended := make(chan error, 1)
	go func() {
		ended <- declared.Keep(ctx, store, fmt.Sprintf("%s/%s/%d", p.Program.name, host, os.Getpid()), settings, told)
	}()
	open.add("declared settings", func(context.Context) error {
		cancel()
		return <-ended
	})
	return nil
}
