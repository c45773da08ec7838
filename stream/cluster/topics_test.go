package cluster

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestTopicsAreCreatedOnceAndLeftAlone(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		namespace := testbed.Unique(t)
		specs := TopicSpecs([]string{namespace + "-in"}, OutputTopicsOf(namespace), 3, 2, -1)
		admin := adminOf(t, pair)
		for _, first := range []bool{true, false} {
			states, err := CreateTopics(t.Context(), admin, specs)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range states {
				if s.Created != first || !s.Exists || s.Partitions != specs[i].Partitions || s.Replicas < 1 || len(s.Problems) > 0 {
					t.Errorf("%s: %+v", s.Spec.Name, s)
				}
			}
		}
	})
}

func TestTopicsThatDoNotFitAreNamed(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		namespace := testbed.Unique(t)
		out := OutputTopicsOf(namespace)
		pair.CreateTopic(t, out.Current, 1) // not compacted
		pair.CreateTopic(t, out.DeadLetter, 1, MaxMessageBytesField, "1000000")
		states, err := CheckTopics(t.Context(), adminOf(t, pair), TopicSpecs(nil, out, 1, 1, -1))
		if err != nil {
			t.Fatal(err)
		}
		for topic, want := range map[string]string{
			out.Changes: "does not exist", out.Progress: "does not exist",
			out.Current: "cleanup.policy is delete", out.DeadLetter: "max.message.bytes is 1000000",
		} {
			i := slices.IndexFunc(states, func(s TopicState) bool { return s.Spec.Name == topic })
			if problems := strings.Join(states[i].Problems, "; "); !strings.Contains(problems, want) {
				t.Errorf("%s: %q, want %q", topic, problems, want)
			}
		}
	})
}

// adminOf asks with the options that the programs have.
func adminOf(t *testing.T, pair *testbed.Pair) *kadm.Client {
	t.Helper()
	cluster, err := Connect(t.Context(), Access{Brokers: pair.Brokers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return kadm.NewClient(cluster)
}
