package relay

import (
	"context"
	"maps"
	"time"

	"github.com/clvstream/clvstream/stream/hanging"
	"github.com/clvstream/clvstream/stream/progress"
)

// open fences the lane's previous owner, ends what the cluster left open of it, and
// then reads how far it published.
func (r *Relay) open(ctx context.Context) (err error) {
	known := r.hanging.LastCommit(ctx)
	if err := r.fence(ctx); err != nil {
		return err
	}
	if err := r.endHanging(ctx, known); err != nil {
		r.producer.Close()
		return err
	}
	if r.progress, err = progress.Read(ctx, r.config.Access, r.config.Topics.Progress, r.config.Lane); err != nil {
		r.producer.Close()
		return err
	}
	r.share(nil)
	clear(r.late)
	return nil
}

// endHanging ends what earlier transactions of the lane left open.
func (r *Relay) endHanging(ctx context.Context, known hanging.Commits) error {
	if err := r.hanging.End(ctx, r.producer, known); err != nil {
		return err
	}
	r.suspect, r.checked = false, time.Now()
	return nil
}

// checkOwn looks for hanging transactions of the owner itself, every now and then
// and after a transaction that took suspiciously long.
func (r *Relay) checkOwn(ctx context.Context) error {
	if !r.suspect && time.Since(r.checked) < checkEvery {
		return nil
	}
	return r.endHanging(ctx, hanging.OwnCommits)
}

// share publishes to the firing what is published and what is about to be: if Redis is
// restored from an older copy now, a shard fires none of it again.
func (r *Relay) share(next map[int]map[string]int64) {
	published := maps.Clone(r.progress)
	maps.Copy(published, next)
	r.published.Store(&published)
}
