package fetch

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/cluster"
)

// Every mechanism, with and without TLS, through both clients: kafka-go fetches
// what franz-go produced.
func TestAccessConnects(t *testing.T) {
	server, client := testbed.TLS(t)
	for _, mechanism := range []string{"", cluster.MechanismPlain, cluster.MechanismSCRAMSHA256, cluster.MechanismSCRAMSHA512} {
		for _, secured := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,TLS=%v", mechanism, secured), func(t *testing.T) {
				options := []kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(2, "t")}
				to := cluster.Access{ClientID: "connect"}
				if mechanism != "" {
					options = append(options, kfake.EnableSASL(), kfake.Superuser(mechanism, "user", "secret"))
					to.Security = cluster.Security{Mechanism: mechanism, Username: "user", Password: "secret"}
				}
				if secured {
					options = append(options, kfake.TLS(server))
					to.Security.TLS = client
				}
				fake, err := kfake.NewCluster(options...)
				if err != nil {
					t.Fatal(err)
				}
				defer fake.Close()
				to.Brokers = fake.ListenAddrs()
				franz, err := to.Options()
				if err != nil {
					t.Fatal(err)
				}
				producer, err := kgo.NewClient(append(franz, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
				if err != nil {
					t.Fatal(err)
				}
				defer producer.Close()
				testbed.Produce(t, producer, numbered("t", 0, 0, 2)...)
				testbed.Produce(t, producer, numbered("t", 1, 2, 2)...)
				f := startFetcher(t, to, nil, "t")
				for p, first := range []int{0, 2} {
					values, _ := takeValues(t, assign(t, f, "t", int32(p), 0), 2)
					wantNumbers(t, values, first, 2)
				}
				dialer, err := to.Dialer()
				if err != nil {
					t.Fatal(err)
				}
				conn, err := dialer.DialContext(t.Context(), "tcp", to.Brokers[0])
				if err != nil {
					t.Fatalf("dial as consumer groups do: %v", err)
				}
				defer conn.Close()
				if partitions, err := conn.ReadPartitions("t"); err != nil || len(partitions) != 2 {
					t.Errorf("partitions %v, error %v", partitions, err)
				}
			})
		}
	}
}

func TestFetchSaysThatCredentialsAreRefused(t *testing.T) {
	for _, mechanism := range []string{cluster.MechanismPlain, cluster.MechanismSCRAMSHA256} {
		t.Run(mechanism, func(t *testing.T) {
			c := fakeClusterWithUsers(t, mechanism)
			// kfake hangs up on a wrong password; Kafka answers so.
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLAuthenticate}, TopLevel: true, Err: kerr.SaslAuthenticationFailed, Count: -1})
			to := cluster.Access{Brokers: c.ListenAddrs(), Security: cluster.Security{Mechanism: mechanism, Username: "admin", Password: "wrong"}}
			r := assign(t, startFetcher(t, to, nil, "t"), "t", 0, 0)
			if err := takeError[*cluster.AuthenticationError](t, r); strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestFetchSaysWhichRightIsMissing(t *testing.T) {
	describeOnly := kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "t", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}
	c := fakeClusterWithUsers(t, cluster.MechanismPlain, describeOnly)
	to := cluster.Access{Brokers: c.ListenAddrs(), Security: cluster.Security{Mechanism: cluster.MechanismPlain, Username: "reader", Password: "secret"}}
	f := startFetcher(t, to, nil, "t", "hidden")
	for topic, operation := range map[string]string{"t": "READ", "hidden": "DESCRIBE"} {
		err := takeError[*cluster.AuthorizationError](t, assign(t, f, topic, 0, 0))
		if err.Operation != operation || err.Topic != topic {
			t.Errorf("got %+v, want %s on %s", *err, operation, topic)
		}
	}
	options, err := to.Options()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var refused *cluster.AuthorizationError
	if _, err := cluster.PartitionBounds(t.Context(), kadm.NewClient(client), "t", "hidden"); !errors.As(err, &refused) || refused.Topic != "hidden" {
		t.Errorf("bounds of a hidden topic: %v", err)
	}
}

func fakeClusterWithUsers(t *testing.T, mechanism string, acls ...kfake.ACL) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t", "hidden"), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser(mechanism, "admin", "secret"), kfake.User(mechanism, "reader", "secret", acls...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
