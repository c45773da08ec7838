package cluster

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A topic that was created just now may be unknown to the broker that is asked next, and then
// have no leaders. Neither is a finding: creating waits until both have passed.
func TestCreatingWaitsUntilTopicsAreKnown(t *testing.T) {
	slow := newSlowCluster(t)
	slow.unknownFor.Store(8)
	slow.leaderlessFor.Store(8)
	states, err := CreateTopics(t.Context(), slow.admin(t), slow.specs)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if !s.Exists || !s.Created || len(s.Problems) > 0 {
			t.Errorf("%+v", s)
		}
	}
	if unknown, leaderless := slow.unknownFor.Load(), slow.leaderlessFor.Load(); unknown > 0 || leaderless > 0 {
		t.Errorf("it did not wait: %d and %d answers were not asked for", unknown, leaderless)
	}
}

// The waiting is bounded.
func TestCreatingDoesNotWaitForever(t *testing.T) {
	slow := newSlowCluster(t)
	slow.unknownFor.Store(1 << 30)
	admin := slow.admin(t)
	began := time.Now()
	states, err := awaitTopics(t.Context(), admin, slow.specs, nil, 200*time.Millisecond)
	if err != nil || slices.ContainsFunc(states, func(s TopicState) bool { return s.Exists }) {
		t.Errorf("%v, %+v", err, states)
	}
	if took := time.Since(began); took < 200*time.Millisecond || took > 20*time.Second {
		t.Errorf("it waited %s", took)
	}
}

// slowCluster has brokers who learn late of new topics.
type slowCluster struct {
	*kfake.Cluster
	specs                     []TopicSpec
	unknownFor, leaderlessFor atomic.Int64 // so many answers about topics
}

func newSlowCluster(t *testing.T) *slowCluster {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	slow := &slowCluster{Cluster: cluster, specs: TopicSpecs([]string{"in"}, OutputTopicsOf("slow"), 2, 1, -1)}
	cluster.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		asked := request.(*kmsg.MetadataRequest)
		switch {
		case len(asked.Topics) == 0:
			return nil, nil, false
		case slow.unknownFor.Add(-1) >= 0:
			return slow.about(t, asked, kerr.UnknownTopicOrPartition.Code, -1), nil, true
		case slow.leaderlessFor.Add(-1) >= 0:
			return slow.about(t, asked, 0, kerr.LeaderNotAvailable.Code), nil, true
		}
		return nil, nil, false
	})
	return slow
}

func (s *slowCluster) admin(t *testing.T) *kadm.Client {
	t.Helper()
	client, err := Connect(t.Context(), Access{Brokers: s.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return kadm.NewClient(client)
}

// about answers that topics have an error, or a partition without a leader.
func (s *slowCluster) about(t *testing.T, asked *kmsg.MetadataRequest, topicError, partitionError int16) *kmsg.MetadataResponse {
	t.Helper()
	host, portText, err := net.SplitHostPort(s.ListenAddrs()[0])
	port, err2 := strconv.Atoi(strings.TrimSpace(portText))
	if err != nil || err2 != nil {
		t.Error(err, err2)
	}
	answer := asked.ResponseKind().(*kmsg.MetadataResponse)
	answer.Version = asked.Version
	answer.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 0, Host: host, Port: int32(port)}}
	for _, topic := range asked.Topics {
		one := kmsg.NewMetadataResponseTopic()
		one.Topic, one.ErrorCode = topic.Topic, topicError
		if topicError == 0 {
			partition := kmsg.NewMetadataResponseTopicPartition()
			partition.Leader, partition.ErrorCode = -1, partitionError
			one.Partitions = append(one.Partitions, partition)
		}
		answer.Topics = append(answer.Topics, one)
	}
	return answer
}
