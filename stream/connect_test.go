package stream

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestKafkaClientRefusesWhatCannotConnect(t *testing.T) {
	one := []string{"localhost:9092"}
	for text, client := range map[string]KafkaClient{
		"no broker address":           {},
		"is not host:port":            {Brokers: []string{"localhost"}},
		"without a mechanism":         {Brokers: one, Security: KafkaSecurity{Username: "u"}},
		"unknown SASL mechanism":      {Brokers: one, Security: KafkaSecurity{Mechanism: "GSSAPI"}},
		"PLAIN needs a user":          {Brokers: one, Security: KafkaSecurity{Mechanism: MechanismPlain, Password: "hidden"}},
		"SCRAM-SHA-512 needs a user":  {Brokers: one, Security: KafkaSecurity{Mechanism: MechanismSCRAMSHA512, Password: "hidden"}},
		"cannot be used with SCRAM-S": {Brokers: one, Security: KafkaSecurity{Mechanism: MechanismSCRAMSHA256, Username: "u", Password: "hidden\x00"}},
	} {
		_, transportErr := client.Transport()
		_, dialerErr := client.Dialer()
		_, optionsErr := client.Options()
		for _, err := range []error{transportErr, dialerErr, optionsErr} {
			if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "hidden") {
				t.Errorf("got %v, want an error with %q and without the password", err, text)
			}
		}
	}
}

func TestKafkaSecurityHidesThePassword(t *testing.T) {
	s := KafkaSecurity{Mechanism: MechanismPlain, Username: "u", Password: "hidden", TLS: &tls.Config{}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, holder := range []any{s, KafkaClient{Security: s}} {
			if text := fmt.Sprintf(format, holder); strings.Contains(text, "hidden") || !strings.Contains(text, "TLS, PLAIN") {
				t.Errorf("%s shows %s", format, text)
			}
		}
	}
}

// Every mechanism, with and without TLS, through both clients: kafka-go fetches
// what franz-go produced.
func TestKafkaClientConnects(t *testing.T) {
	server, client := testTLS(t)
	for _, mechanism := range []string{"", MechanismPlain, MechanismSCRAMSHA256, MechanismSCRAMSHA512} {
		for _, secured := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,TLS=%v", mechanism, secured), func(t *testing.T) {
				options := []kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(2, "t")}
				to := KafkaClient{ClientID: "connect"}
				if mechanism != "" {
					options = append(options, kfake.EnableSASL(), kfake.Superuser(mechanism, "user", "secret"))
					to.Security = KafkaSecurity{Mechanism: mechanism, Username: "user", Password: "secret"}
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
				produce(t, producer, numbered("t", 0, 0, 2)...)
				produce(t, producer, numbered("t", 1, 2, 2)...)
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
	for _, mechanism := range []string{MechanismPlain, MechanismSCRAMSHA256} {
		t.Run(mechanism, func(t *testing.T) {
			c := fakeClusterWithUsers(t, mechanism)
			// kfake hangs up on a wrong password; Kafka answers so.
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLAuthenticate}, TopLevel: true, Err: kerr.SaslAuthenticationFailed, Count: -1})
			to := KafkaClient{Brokers: c.ListenAddrs(), Security: KafkaSecurity{Mechanism: mechanism, Username: "admin", Password: "wrong"}}
			r := assign(t, startFetcher(t, to, nil, "t"), "t", 0, 0)
			if err := takeError[*AuthenticationError](t, r); strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestFetchSaysWhichRightIsMissing(t *testing.T) {
	describeOnly := kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "t", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}
	c := fakeClusterWithUsers(t, MechanismPlain, describeOnly)
	to := KafkaClient{Brokers: c.ListenAddrs(), Security: KafkaSecurity{Mechanism: MechanismPlain, Username: "reader", Password: "secret"}}
	f := startFetcher(t, to, nil, "t", "hidden")
	for topic, operation := range map[string]string{"t": "READ", "hidden": "DESCRIBE"} {
		err := takeError[*AuthorizationError](t, assign(t, f, topic, 0, 0))
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
	var refused *AuthorizationError
	if _, err := PartitionBounds(t.Context(), kadm.NewClient(client), "t", "hidden"); !errors.As(err, &refused) || refused.Topic != "hidden" {
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

// testTLS makes a certificate for localhost, and a client that trusts only it.
func testTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: roots}
}

// An unknown authority is refused by both clients, and says so.
func TestKafkaClientChecksCertificates(t *testing.T) {
	server, _ := testTLS(t)
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(server), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	to := KafkaClient{Brokers: fake.ListenAddrs(), Security: KafkaSecurity{TLS: &tls.Config{}}}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	transport, err := to.Transport("t")
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	var unknown x509.UnknownAuthorityError
	if _, err := (&kafka.Client{Addr: to.Addr(), Transport: transport}).Metadata(ctx, &kafka.MetadataRequest{Topics: []string{"t"}}); !errors.As(err, &unknown) {
		t.Errorf("kafka-go: %v", err)
	}
	if _, err := to.dialTLS(ctx, "tcp", to.Brokers[0]); !errors.As(err, &unknown) {
		t.Errorf("franz-go: %v", err)
	}
}
