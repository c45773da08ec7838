package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	kafkasasl "github.com/segmentio/kafka-go/sasl"
	kafkaplain "github.com/segmentio/kafka-go/sasl/plain"
	kafkascram "github.com/segmentio/kafka-go/sasl/scram"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// SASL mechanisms that Security accepts.
const (
	MechanismPlain       = "PLAIN"
	MechanismSCRAMSHA256 = "SCRAM-SHA-256"
	MechanismSCRAMSHA512 = "SCRAM-SHA-512"
)

// dialTimeout bounds one connection's set-up: TCP, TLS and SASL together.
const dialTimeout = 10 * time.Second

// metadataTTL is how old kafka-go's list of brokers may grow. Leaders are asked
// for when they are needed, so this matters only for brokers that join or move.
const metadataTTL = 10 * time.Second

// Security says how connections to the brokers are protected. The zero
// value is plaintext without authentication.
type Security struct {
	// TLS is used for every connection; nil means plaintext.
	TLS *tls.Config
	// Mechanism is empty or one of the Mechanism constants.
	Mechanism string
	// Username and Password are the credentials of the mechanism.
	Username, Password string
}

// String describes the security without its secrets, so that a configuration
// can be printed or logged whole.
func (s Security) String() string {
	transport, mechanism := "plaintext", "no authentication"
	if s.TLS != nil {
		transport = "TLS"
	}
	if s.Mechanism != "" {
		mechanism = s.Mechanism
	}
	return transport + ", " + mechanism
}

// GoString keeps the password out of %#v as String keeps it out of %v.
func (s Security) GoString() string { return "cluster.Security{" + s.String() + "}" }

// Access says how to reach a cluster. It makes the settings of both
// clients, kafka-go for the input and franz-go for the output and for
// administration, so that they cannot drift apart.
type Access struct {
	// Brokers are the bootstrap addresses, host:port, at least one.
	Brokers []string
	// ClientID names this process in the brokers' logs and quotas.
	ClientID string
	// Security protects the connections.
	Security Security
	// Dial opens connections; nil means net.Dialer. TLS is put on top of it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Addr returns the bootstrap addresses as kafka-go takes them.
func (c Access) Addr() net.Addr { return kafka.TCP(c.Brokers...) }

// Transport returns a kafka-go transport that keeps the brokers of the cluster
// and the partitions of the topics in view. Close it with CloseIdleConnections.
func (c Access) Transport(topics ...string) (*kafka.Transport, error) {
	mechanism, err := c.check()
	if err != nil {
		return nil, err
	}
	return &kafka.Transport{
		Dial:           c.dial(),
		DialTimeout:    dialTimeout,
		MetadataTTL:    metadataTTL,
		MetadataTopics: topics,
		ClientID:       c.ClientID,
		TLS:            c.Security.TLS,
		SASL:           mechanism,
	}, nil
}

// Dialer returns a kafka-go dialer, which its consumer groups need.
func (c Access) Dialer() (*kafka.Dialer, error) {
	mechanism, err := c.check()
	if err != nil {
		return nil, err
	}
	return &kafka.Dialer{
		ClientID:      c.ClientID,
		DialFunc:      c.dial(),
		Timeout:       dialTimeout,
		TLS:           c.Security.TLS,
		SASLMechanism: mechanism,
	}, nil
}

// metadataAge is how old a client's knowledge of topics and leaders may be when
// it has reason to ask again. franz-go's own 5 s would be the time for which a
// new partition, or a new leader, is not seen.
const metadataAge = 250 * time.Millisecond

// Options returns the franz-go options for the same connections.
func (c Access) Options() ([]kgo.Opt, error) {
	if _, err := c.check(); err != nil {
		return nil, err
	}
	options := []kgo.Opt{kgo.SeedBrokers(c.Brokers...), kgo.Dialer(c.dialTLS), kgo.MetadataMinAge(metadataAge)}
	if c.ClientID != "" {
		options = append(options, kgo.ClientID(c.ClientID))
	}
	if mechanism := c.franzMechanism(); mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

// check refuses what neither client could connect with, and makes kafka-go's
// mechanism, whose constructor prepares the password and can refuse it.
func (c Access) check() (kafkasasl.Mechanism, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("connect to Kafka: no broker address given: set at least one host:port")
	}
	for _, broker := range c.Brokers {
		if _, _, err := net.SplitHostPort(broker); err != nil {
			return nil, fmt.Errorf("connect to Kafka: broker address %q is not host:port: %w", broker, err)
		}
	}
	s := c.Security
	switch s.Mechanism {
	case "":
		if s.Username != "" || s.Password != "" {
			return nil, fmt.Errorf("connect to Kafka: a user or password is given without a mechanism: set %s, %s or %s",
				MechanismPlain, MechanismSCRAMSHA256, MechanismSCRAMSHA512)
		}
		return nil, nil
	case MechanismPlain:
		return kafkaplain.Mechanism{Username: s.Username, Password: s.Password}, s.checkUser()
	case MechanismSCRAMSHA256:
		return s.kafkaSCRAM(kafkascram.SHA256)
	case MechanismSCRAMSHA512:
		return s.kafkaSCRAM(kafkascram.SHA512)
	}
	return nil, fmt.Errorf("connect to Kafka: unknown SASL mechanism %q: use %s", s.Mechanism,
		strings.Join([]string{MechanismPlain, MechanismSCRAMSHA256, MechanismSCRAMSHA512}, ", "))
}

func (s Security) checkUser() error {
	if s.Username == "" {
		return fmt.Errorf("connect to Kafka: mechanism %s needs a user", s.Mechanism)
	}
	return nil
}

func (s Security) kafkaSCRAM(algorithm kafkascram.Algorithm) (kafkasasl.Mechanism, error) {
	if err := s.checkUser(); err != nil {
		return nil, err
	}
	mechanism, err := kafkascram.Mechanism(algorithm, s.Username, s.Password)
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka: the user or password cannot be used with %s: %w", s.Mechanism, err)
	}
	return mechanism, nil
}

func (c Access) franzMechanism() sasl.Mechanism {
	s := c.Security
	switch s.Mechanism {
	case MechanismPlain:
		return plain.Auth{User: s.Username, Pass: s.Password}.AsMechanism()
	case MechanismSCRAMSHA256:
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha256Mechanism()
	case MechanismSCRAMSHA512:
		return scram.Auth{User: s.Username, Pass: s.Password}.AsSha512Mechanism()
	}
	return nil
}

func (c Access) dial() func(context.Context, string, string) (net.Conn, error) {
	if c.Dial != nil {
		return c.Dial
	}
	return (&net.Dialer{Timeout: dialTimeout}).DialContext
}

// dialTLS is for franz-go, which puts no TLS of its own on a custom dialer.
func (c Access) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := c.dial()(ctx, network, address)
	if err != nil || c.Security.TLS == nil {
		return conn, err
	}
	config := c.Security.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("negotiate TLS with Kafka broker %s: %w", address, err), conn.Close())
	}
	return secured, nil
}
