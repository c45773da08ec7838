// Package webhooks shows an operator how webhooks are doing, and does with them what they ask.
//
//	group offsets, <namespace>.webhooks, dead changes ──► List
//	Enable, Disable ──► <namespace>.webhooks ──► publishers
//	dead changes, or an audience's topic ──► Replay ──► the webhook's topic of replays ──► publishers
//	Test ──► receiver
//
// Only Test sends anything over HTTP itself: publishers do the rest, so that order per
// customer, tries and pauses are the same for what is sent once more.
package webhooks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/clvstream/clvstream/stream/webhook"
)

// Desk is where an operator looks after a namespace's webhooks.
type Desk struct {
	Kafka     cluster.Access
	Client    *kgo.Client
	Namespace string
}

// Webhook is a configured webhook.
type Webhook struct {
	Name   string
	Host   string // of its URL
	Source string // topic
}

// State says how a webhook is doing.
type State string

// The states.
const (
	Idle     State = "not started" // no publisher has run with it yet
	Sending  State = "sending"
	Paused   State = "paused" // the receiver takes nothing
	Disabled State = "disabled"
)

// Report is how one webhook is doing.
type Report struct {
	Name     string     `json:"name"`
	Host     string     `json:"host"`
	Topic    string     `json:"topic"`
	State    State      `json:"state"`
	Reason   string     `json:"reason,omitempty"` // why it is disabled
	Since    *time.Time `json:"since,omitempty"`  // when it was disabled
	Lag      int64      `json:"lag"`              // changes that are not finished
	Replays  int64      `json:"replays"`          // that are still to be sent once more
	Dead     int64      `json:"dead"`             // that were not replayed
	Failure  string     `json:"last_failure,omitempty"`
	FailedAt *time.Time `json:"last_failure_at,omitempty"`
}

// List reports on webhooks.
func (d *Desk) List(ctx context.Context, all []Webhook) ([]Report, error) {
	reports := []Report{}
	if len(all) == 0 {
		return reports, nil
	}
	standings, _, err := webhook.ReadStandings(ctx, d.Kafka, d.Namespace)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		report := Report{Name: w.Name, Host: w.Host, Topic: w.Source, State: Idle}
		if standing, known := standings[w.Name]; known {
			if err := d.fill(ctx, &report, w, standing); err != nil {
				return nil, err
			}
		}
		reports = append(reports, report)
	}
	return reports, nil
}

func (d *Desk) fill(ctx context.Context, report *Report, w Webhook, standing webhook.Standing) error {
	kept, err := d.offsets(ctx, webhook.Group(d.Namespace, w.Name))
	if err != nil {
		return err
	}
	report.State = Sending
	var latest webhook.Status
	waiting := func(topic string, begin func(int32) int64) (changes int64, err error) {
		ends, err := webhook.Ends(ctx, kadm.NewClient(d.Client), topic)
		for id, end := range ends {
			at, metadata := begin(int32(id)), ""
			if o, ok := kept.Lookup(topic, int32(id)); ok && o.At >= at {
				at, metadata = o.At, o.Metadata
			}
			unfinished, status := webhook.Unfinished(at, metadata, end)
			changes += unfinished
			if status.At.After(latest.At) {
				latest = status
			}
		}
		return changes, err
	}
	if report.Lag, err = waiting(w.Source, standing.From); err != nil {
		return err
	}
	if report.Replays, err = waiting(webhook.ReplayTopic(d.Namespace, w.Name), func(int32) int64 { return 0 }); err != nil {
		return err
	}
	if latest.Class != "" {
		report.Failure, report.FailedAt = string(latest.Class), &latest.At
	}
	if latest.Paused {
		report.State = Paused
	}
	if standing.Disabled {
		report.State, report.Reason, report.Since = Disabled, standing.Reason, &standing.Since
	}
	report.Dead, err = d.dead(ctx, w.Name)
	return err
}

// dead counts the dead changes that no replay has sent.
func (d *Desk) dead(ctx context.Context, name string) (changes int64, err error) {
	topic := webhook.DeadTopic(d.Namespace, name)
	bounds, err := d.deadBounds(ctx, name, false)
	for at, b := range bounds {
		if at.Topic == topic {
			changes += max(0, b.end-b.start)
		}
	}
	return changes, err
}

// offsets are what a group has stored; nothing, where it has never been.
func (d *Desk) offsets(ctx context.Context, group string) (kadm.OffsetResponses, error) {
	admin := kadm.NewClient(d.Client)
	for attempt := 0; ; attempt++ {
		stored, err := admin.FetchOffsets(ctx, group)
		switch {
		case errors.Is(err, kerr.GroupIDNotFound):
			return nil, nil
		case err == nil:
			return stored, nil
		case !kerr.IsRetriable(err) || ctx.Err() != nil:
			return nil, fmt.Errorf("read the position of group %s: %w", group, err)
		}
		cluster.Wait(ctx, cluster.Backoff(attempt)) // a cluster that has just started has no coordinator yet
	}
}

// ErrNotStarted says that no publisher has run with a webhook yet.
var ErrNotStarted = errors.New("no publisher has run with it yet: start one with its configuration")

// Disable has the publishers send nothing more. The position stays.
func (d *Desk) Disable(ctx context.Context, name string) error {
	standing, err := d.standing(ctx, name)
	if err != nil {
		return err
	}
	standing.Disabled, standing.Reason, standing.Since = true, webhook.ReasonOperator, time.Now().UTC()
	return webhook.WriteStanding(ctx, d.Client, d.Namespace, name, standing)
}

// Enable has the publishers send again: what has come since, or only what comes from now on.
func (d *Desk) Enable(ctx context.Context, name string, skip bool) error {
	standing, err := d.standing(ctx, name)
	if err != nil {
		return err
	}
	standing.Disabled, standing.Reason, standing.Since = false, "", time.Now().UTC()
	if skip {
		if standing.Begin, err = webhook.Ends(ctx, kadm.NewClient(d.Client), standing.Source); err != nil {
			return err
		}
	}
	return webhook.WriteStanding(ctx, d.Client, d.Namespace, name, standing)
}

func (d *Desk) standing(ctx context.Context, name string) (webhook.Standing, error) {
	standings, _, err := webhook.ReadStandings(ctx, d.Kafka, d.Namespace)
	if err != nil {
		return webhook.Standing{}, err
	}
	standing, known := standings[name]
	if !known {
		return webhook.Standing{}, fmt.Errorf("webhook %s: %w", name, ErrNotStarted)
	}
	return standing, nil
}
