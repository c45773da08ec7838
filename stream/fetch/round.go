package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

const (
	// shortestPoll and longestShortPoll bound how long a broker may hold a
	// request that leaves partitions out because their tasks are busy: such a
	// task may be ready any moment. It doubles while nothing comes.
	shortestPoll     = 5 * time.Millisecond
	longestShortPoll = 50 * time.Millisecond

	// answerTimeout is what a broker gets on top of the poll to send its answer.
	answerTimeout = 10 * time.Second

	// smallAnswerBytes is what an answer must have brought for the next request
	// to follow at once: less would only make small batches.
	smallAnswerBytes = 64 << 10

	readCommitted = 1
)

// question is one partition's part of a request.
type question struct {
	reader     *Reader
	generation uint64
	offset     int64
}

// round is what the loop of a broker does next.
type round struct {
	questions []question
	request   []fetch.RequestTopic
	leftOut   bool          // some partitions of the broker are not asked for
	retryIn   time.Duration // when there are no questions: until one may be asked, 0 for not before a wake
}

// readBroker asks one broker again and again for all that may be asked.
func (f *Fetcher) readBroker(ctx context.Context, broker int32, wake <-chan struct{}) {
	shortPoll := shortestPoll
	for ctx.Err() == nil {
		next := f.nextRound(broker, time.Now())
		if len(next.questions) == 0 {
			sleep(ctx, next.retryIn, wake)
			continue
		}
		poll := f.config.MaxWait
		if next.leftOut {
			poll = min(poll, shortPoll)
		}
		began := time.Now()
		answer, err := f.ask(ctx, broker, next.request, poll)
		if ctx.Err() != nil {
			return
		}
		brought := f.settle(next.questions, answer, err)
		if answer != nil && answer.throttle > 0 {
			sleep(ctx, answer.throttle, nil)
		}
		shortPoll = min(2*shortPoll, longestShortPoll)
		if brought > 0 {
			shortPoll = shortestPoll
		}
		if pause := f.config.MinInterval - time.Since(began); brought < smallAnswerBytes && pause > 0 {
			sleep(ctx, pause, nil)
		}
	}
}

// nextRound collects the broker's partitions that may be asked for. Those that
// have waited longest for something come first: brokers fill an answer in the
// order of the request, and send a batch beyond the limits only as the first.
func (f *Fetcher) nextRound(broker int32, now time.Time) round {
	f.mu.Lock()
	defer f.mu.Unlock()
	var next round
	var asked []*Reader
	for _, r := range f.readers {
		switch {
		case r.leader != broker || r.err != nil:
		case r.fetchable(now):
			asked = append(asked, r)
		default:
			next.leftOut = true
			if wait := r.notBefore.Sub(now); r.answer == nil && wait > 0 && (next.retryIn == 0 || wait < next.retryIn) {
				next.retryIn = wait
			}
		}
	}
	slices.SortFunc(asked, func(a, b *Reader) int {
		return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.partition.Topic, b.partition.Topic), cmp.Compare(a.partition.ID, b.partition.ID))
	})
	for _, r := range asked {
		next.add(r)
	}
	return next
}

func (n *round) add(r *Reader) {
	n.questions = append(n.questions, question{reader: r, generation: r.generation, offset: r.offset})
	last := len(n.request) - 1
	if last < 0 || n.request[last].Topic != r.partition.Topic {
		n.request = append(n.request, fetch.RequestTopic{Topic: r.partition.Topic})
		last++
	}
	n.request[last].Partitions = append(n.request[last].Partitions, fetch.RequestPartition{
		Partition: r.partition.ID, CurrentLeaderEpoch: -1, FetchOffset: r.offset, LogStartOffset: -1, PartitionMaxBytes: r.maxBytes,
	})
}

// ask sends one request and waits for its answer.
func (f *Fetcher) ask(ctx context.Context, broker int32, topics []fetch.RequestTopic, poll time.Duration) (*fetchAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, poll+answerTimeout)
	defer cancel()
	answer, err := f.config.Transport.RoundTrip(ctx, f.config.Addr, &fetchExchange{
		broker: broker, clientID: f.config.ClientID, maxSetBytes: max(f.config.PartitionMaxBytes, f.config.MaxBatchBytes),
		request: fetch.Request{
			ReplicaID: -1, MaxWaitTime: int32(poll.Milliseconds()), MinBytes: 1, MaxBytes: f.config.MaxBytes,
			IsolationLevel: readCommitted, SessionEpoch: -1, Topics: topics,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("fetch from broker %d: %w", broker, err)
	}
	read, ok := answer.(*fetchAnswer)
	if !ok {
		return nil, fmt.Errorf("fetch from broker %d: %w: a %T", broker, errUnreadableAnswer, answer)
	}
	if read.errorCode != 0 {
		return nil, fmt.Errorf("fetch from broker %d: %w", broker, kafka.Error(read.errorCode))
	}
	return read, nil
}

// settle gives each reader its part of the answer and returns how many bytes of
// batches came.
func (f *Fetcher) settle(questions []question, answer *fetchAnswer, err error) (brought int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.settleFailure(questions, err)
		return 0
	}
	parts := make(map[cluster.Partition]*partitionAnswer, len(answer.partitions))
	for i := range answer.partitions {
		part := &answer.partitions[i]
		parts[part.partition] = part
		brought += part.setBytes
	}
	for _, q := range questions {
		if q.reader.generation != q.generation {
			continue
		}
		part, answered := parts[q.reader.partition]
		switch {
		case !answered && (brought > 0 || answer.throttle > 0): // the limits, or our quota, are used up
		case !answered:
			q.reader.retry(RetryBrokerError, errors.New("the broker left the partition out of its answer"))
		case part.errorCode != 0:
			q.reader.settleError(kafka.Error(part.errorCode), part.bounds)
		default:
			q.reader.settleData(part, q.offset)
		}
	}
	return brought
}

// settleFailure handles a request without an answer: the broker may be gone, so
// the leaders are requested again.
func (f *Fetcher) settleFailure(questions []question, err error) {
	refused := cluster.RefusedCredentials(err)
	for _, q := range questions {
		if q.reader.generation != q.generation {
			continue
		}
		if refused != nil {
			q.reader.fail(refused)
			continue
		}
		q.reader.leader = noLeader
		q.reader.retry(requestReason(err), err)
	}
	f.wantLeaders()
}
