package webhook

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/stream/cluster"
)

// Config is all that webhooks need.
type Config struct {
	Kafka          cluster.Access
	Namespace      string
	Webhooks       []Webhook
	UserAgent      string        // names us to receivers
	SessionTimeout time.Duration // after which the group takes a silent member for dead; 0: 10 s
	// Grace is how long requests under way may still take when their partition is taken or the
	// process stops; 0: 10 s. Then they are given up, and sent again by the next owner.
	Grace time.Duration

	pauses backoff // of a receiver that takes nothing; zero: defaultPauses
}

const (
	defaultSession = 10 * time.Second
	defaultGrace   = 10 * time.Second
)

// Sender sends the webhooks of a process.
type Sender struct {
	config     Config
	client     *kgo.Client // for dead changes, standings and questions
	deliveries []*Delivery
	read       map[cluster.Partition]int64 // up to where the standings were read
}

// NewSender checks that the topics are there and reads which webhooks are disabled. One that has
// never run begins with the changes from now on.
func NewSender(ctx context.Context, config Config) (*Sender, error) {
	config.SessionTimeout = cmp.Or(config.SessionTimeout, defaultSession)
	config.Grace = cmp.Or(config.Grace, defaultGrace)
	config.pauses = cmp.Or(config.pauses, defaultPauses)
	client, err := cluster.Connect(ctx, config.Kafka)
	if err != nil {
		return nil, err
	}
	s := &Sender{config: config, client: client}
	if err := s.prepare(ctx); err != nil {
		client.Close()
		return nil, err
	}
	return s, nil
}

func (s *Sender) prepare(ctx context.Context) error {
	admin := kadm.NewClient(s.client)
	if err := cluster.Patiently(ctx, func(ctx context.Context) error { return s.findTopics(ctx, admin) }); err != nil {
		return err
	}
	standings, read, err := ReadStandings(ctx, s.config.Kafka, s.config.Namespace)
	s.read = read
	if err != nil {
		return err
	}
	for _, w := range s.config.Webhooks {
		standing, known := standings[w.Name]
		if !known || standing.Source != w.Source {
			if standing, err = s.beginNow(ctx, admin, &w, standing); err != nil {
				return err
			}
		}
		d, err := newDelivery(&s.config, w, s.client, standing)
		if err != nil {
			return err
		}
		s.deliveries = append(s.deliveries, d)
	}
	return nil
}

// beginNow has a webhook that is new, or reads another topic now, begin with what comes.
func (s *Sender) beginNow(ctx context.Context, admin *kadm.Client, w *Webhook, was Standing) (Standing, error) {
	ends, err := Ends(ctx, admin, w.Source)
	if err != nil {
		return Standing{}, err
	}
	was.Source, was.Begin, was.Since = w.Source, ends, time.Now().UTC()
	return was, WriteStanding(ctx, s.client, s.config.Namespace, w.Name, was)
}

// findTopics asks for the topics that are read and written.
func (s *Sender) findTopics(ctx context.Context, admin *kadm.Client) error {
	var names []string
	for _, w := range s.config.Webhooks {
		names = append(names, w.Source, DeadTopic(s.config.Namespace, w.Name), ReplayTopic(s.config.Namespace, w.Name))
	}
	topics, err := admin.ListTopics(ctx, append(names, StandingTopic(s.config.Namespace))...)
	if err != nil {
		return fmt.Errorf("find the topics of webhooks: %w", err)
	}
	for _, topic := range topics.Sorted() {
		if topic.Err != nil {
			return fmt.Errorf("find topic %s of webhooks: %w", topic.Topic, cluster.TopicError(topic.Topic, topic.Err))
		}
	}
	return nil
}

// Run sends until ctx is done. Requests under way are waited for.
func (s *Sender) Run(ctx context.Context) error {
	defer s.client.Close()
	undo := s.observe()
	defer undo()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var working sync.WaitGroup
	for _, d := range s.deliveries {
		working.Go(func() {
			if err := d.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	working.Go(func() { s.follow(ctx) })
	working.Wait()
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil && cause != context.Canceled { //nolint:errorlint // the cause itself, not what it wraps
		return cause
	}
	return nil
}

// follow hands changed standings to the webhooks.
func (s *Sender) follow(ctx context.Context) {
	options, err := s.config.Kafka.Options()
	if err != nil {
		return // which connected us before
	}
	from := map[string]map[int32]kgo.Offset{}
	for at, offset := range s.read {
		from[at.Topic] = map[int32]kgo.Offset{at.ID: kgo.NewOffset().At(offset)} // it has one partition
	}
	reader, err := kgo.NewClient(append(options, kgo.ConsumePartitions(from), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		slog.ErrorContext(ctx, "webhooks that are disabled or enabled elsewhere are not seen", "error", err)
		return
	}
	defer reader.Close()
	for ctx.Err() == nil {
		fetches := reader.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			if ctx.Err() == nil {
				slog.WarnContext(ctx, "error while it is read which webhooks are disabled", "error", failed.Err)
				cluster.Wait(ctx, time.Second)
			}
		}
		standings := map[string]Standing{}
		fetches.EachRecord(func(record *kgo.Record) { readStanding(record, standings) })
		for _, d := range s.deliveries {
			if standing, changed := standings[d.webhook.Name]; changed && standing.Source == d.webhook.Source {
				d.do(func() { d.stand(ctx, standing) })
			}
		}
	}
}

// Live says which webhook's loop has stopped turning, nil when all do.
func (s *Sender) Live() error {
	for _, d := range s.deliveries {
		turned := make(chan struct{})
		go func() {
			d.do(func() {})
			close(turned)
		}()
		select {
		case <-turned:
		case <-time.After(liveWithin):
			return fmt.Errorf("webhook %s: its loop has not turned for %s", d.webhook.Name, liveWithin)
		}
	}
	return nil
}

// liveWithin is how long a loop may take for one turn.
const liveWithin = 5 * time.Second
