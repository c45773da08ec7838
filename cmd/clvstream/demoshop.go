package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/clvstream/clvstream/internal/calibrate"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/demo"
	"github.com/clvstream/clvstream/internal/feed"
)

// openEnd is how much live time is simulated when the demo has no end: one day a second for
// an hour. The simulated days end now, so they begin ten years ago.
const openEnd = time.Hour

// simulate is the traffic of a simulated shop.
func (d *demoFlags) simulate(cmd *cobra.Command, s *system) (traffic, func(), error) {
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		out = io.Discard
	}
	t := feed.Timeline{Days: d.shop.days, DaySeconds: 1, LiveFor: d.liveFor, Now: time.Now()}
	if t.LiveFor == 0 {
		t.LiveFor = openEnd
	}
	if err := afterOldest(t, s.cfg); err != nil {
		return nil, nil, err
	}
	customers := *d.shop
	customers.customers = int(float64(d.shop.customers) * t.Now.Sub(t.Start()).Hours() / 24 / float64(d.shop.days))
	events, err := customers.events(t)
	if err != nil {
		return nil, nil, err
	}
	history, live := t.Split(events, s.cfg.Business.Currency)
	folder, err := os.MkdirTemp("", "clvstream-demo-")
	if err != nil {
		return nil, nil, fmt.Errorf("make a folder for the model: %w", err)
	}
	end := func() { _ = os.RemoveAll(folder) }
	line(out, "a simulated shop with %d days of history", d.shop.days)
	if err := d.fit(cmd.Context(), s, out, history, folder); err != nil {
		end()
		return nil, nil, err
	}
	return func(p *demo.Pipeline) (int64, error) {
		line(out, "publishing the history")
		sent, err := publish(cmd.Context(), p, history, feed.Pace{})
		if err == nil {
			err = p.Await(cmd.Context())
		}
		if err != nil {
			return sent, err
		}
		line(out, "%d events applied; now live traffic, one simulated day per second (Ctrl-C ends)\n", sent)
		ctx, cancel := context.WithTimeout(cmd.Context(), t.LiveFor)
		defer cancel()
		shown := show(ctx, p, out)
		more, err := publish(ctx, p, t.Paced(ctx, live), feed.Pace{Each: true})
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			err = nil // the time is up in the middle of a write
		}
		shown()
		return sent + more, err
	}, end, nil
}

// fit has the shop's customers valued by a model that is fitted to its history, unless the
// user has chosen one.
func (d *demoFlags) fit(ctx context.Context, s *system, out io.Writer, history iter.Seq[feed.Event], folder string) error {
	chosen := d.modelFile != "" || s.from.Of("model.file").Origin != config.FromDefault || s.from.Of("model.name").Origin != config.FromDefault
	if chosen {
		return nil
	}
	rules, err := rulesOf(s.cfg)
	if err != nil {
		return err
	}
	said, err := demo.Fit(ctx, &s.cfg, rules, history, folder)
	if calibrate.DataError(err) { // a shop of a few customers
		said, err = fmt.Sprintf("no model can be fitted to it (%v): values are those of %s", err, s.cfg.Model.Name), nil
	}
	if err == nil {
		line(out, "%s", said)
	}
	return err
}
