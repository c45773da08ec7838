package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// leadersEvery is how often the leaders of all topics are requested although nothing
	// failed: this detects a topic that was created again.
	leadersEvery = 30 * time.Second
	// clusterTimeout bounds one question about leaders or bounds.
	clusterTimeout = 10 * time.Second
)

// followLeaders keeps the leader of every partition known and starts the loop
// of a broker when it first leads one. It ends with ctx.
func (f *Fetcher) followLeaders(ctx context.Context, start func(broker int32, wake <-chan struct{})) {
	for failures, look := 0, time.Now().Add(leadersEvery); ctx.Err() == nil; {
		all := !time.Now().Before(look)
		if all {
			look = time.Now().Add(leadersEvery)
		}
		topics := f.topicsToAsk(all)
		if len(topics) == 0 {
			sleep(ctx, max(time.Until(look), time.Millisecond), f.leaderWanted)
			continue
		}
		metadata, err := f.askMetadata(ctx, topics)
		if ctx.Err() != nil {
			return
		}
		f.applyMetadata(topics, metadata, err, start)
		for _, doubted := range f.doubtedTopics() {
			f.resolveDoubts(ctx, doubted)
		}
		if len(f.topicsToAsk(false)) == 0 {
			failures = 0
			continue
		}
		sleep(ctx, cluster.Backoff(failures), f.leaderWanted) // a topic that stays away must not delay the others
		failures++
	}
}

// topicsToAsk returns the topics with a partition whose leader is unknown or
// whose offset is in doubt, or all of them.
func (f *Fetcher) topicsToAsk(all bool) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var topics []string
	for partition, r := range f.readers {
		if r.err == nil && (all || r.leader == noLeader || r.doubted) {
			topics = append(topics, partition.Topic)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// askMetadata asks a broker, not the client's cache, as the cache may be what
// is wrong.
func (f *Fetcher) askMetadata(ctx context.Context, topics []string) (*kmsg.MetadataResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, clusterTimeout)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest()
	for _, topic := range topics {
		asked := kmsg.NewMetadataRequestTopic()
		asked.Topic = &topic
		request.Topics = append(request.Topics, asked)
	}
	response, err := request.RequestWith(ctx, f.config.Cluster)
	if err != nil {
		return nil, fmt.Errorf("ask for the leaders of topics %q: %w", topics, err)
	}
	return response, nil
}

// applyMetadata gives the readers of the topics their leaders.
func (f *Fetcher) applyMetadata(topics []string, metadata *kmsg.MetadataResponse, err error, start func(int32, <-chan struct{})) {
	f.mu.Lock()
	defer f.mu.Unlock()
	described := map[string]kmsg.MetadataResponseTopic{}
	if err == nil {
		for _, topic := range metadata.Topics {
			if topic.Topic != nil {
				described[*topic.Topic] = topic
			}
		}
	}
	for partition, r := range f.readers {
		if r.err != nil || !slices.Contains(topics, partition.Topic) {
			continue
		}
		if refused := cluster.RefusedCredentials(err); refused != nil {
			r.fail(refused)
			continue
		}
		if err != nil {
			f.config.OnRetry(partition, RetryMetadata, err)
			continue
		}
		r.follow(described[partition.Topic])
		if _, runs := f.brokers[r.leader]; !runs && r.leader != noLeader {
			wake := make(chan struct{}, 1)
			f.brokers[r.leader] = wake
			start(r.leader, wake)
		}
		f.wake(r.leader)
	}
}

// follow takes over what the metadata says about the reader's partition.
func (r *Reader) follow(topic kmsg.MetadataResponseTopic) {
	count := r.fetcher.config.OnRetry
	if err := kerr.ErrorForCode(topic.ErrorCode); errors.Is(err, kerr.TopicAuthorizationFailed) {
		r.fail(&cluster.AuthorizationError{Operation: "DESCRIBE", Topic: r.partition.Topic})
		return
	} else if err != nil {
		r.leader = noLeader
		count(r.partition, RetryUnknownTopic, fmt.Errorf("ask for the leader of %s: %w", r.partition, err))
		return
	}
	if known := r.bounds.TopicID; known != topic.TopicID && known != [16]byte{} {
		r.fail(&TopicRecreatedError{Topic: r.partition.Topic, Was: known, Is: topic.TopicID})
		return
	}
	r.bounds.TopicID = topic.TopicID
	was := r.leader
	r.leader = noLeader
	for _, partition := range topic.Partitions {
		if partition.Partition == r.partition.ID && partition.Leader >= 0 {
			r.leader = partition.Leader
		}
	}
	if r.leader != was {
		r.generation++ // the old leader may still be holding a request
	}
	if r.leader != noLeader {
		return
	}
	count(r.partition, RetryNotLeader, fmt.Errorf("ask for the leader of %s: it has none", r.partition))
}

func (f *Fetcher) doubtedTopics() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var topics []string
	for partition, r := range f.readers {
		if r.doubted && r.err == nil {
			topics = append(topics, partition.Topic)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// resolveDoubts distinguishes offsets that are gone from transient refusals.
func (f *Fetcher) resolveDoubts(ctx context.Context, topic string) {
	ctx, cancel := context.WithTimeout(ctx, clusterTimeout)
	defer cancel()
	found, err := cluster.PartitionBounds(ctx, kadm.NewClient(f.config.Cluster), topic)

	f.mu.Lock()
	defer f.mu.Unlock()
	for partition, r := range f.readers {
		if partition.Topic != topic || !r.doubted || r.err != nil {
			continue
		}
		bounds, known := found[partition]
		if !known {
			f.config.OnRetry(partition, RetryMetadata, cmp.Or(err, fmt.Errorf("read bounds of %s: it is not there", partition)))
			continue
		}
		r.doubted = false
		if r.offset < bounds.LogStartOffset || r.offset > bounds.HighWatermark {
			r.fail(&OffsetOutOfRangeError{
				Partition: partition, Asked: r.offset, LogStartOffset: bounds.LogStartOffset, HighWatermark: bounds.HighWatermark,
			})
			continue
		}
		r.retry(RetryOutOfRange, fmt.Errorf("fetch %s at offset %d: refused, although the log goes from %d to %d",
			partition, r.offset, bounds.LogStartOffset, bounds.HighWatermark))
		f.wake(r.leader)
	}
}
