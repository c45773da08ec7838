package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestAccessRefusesWhatCannotConnect(t *testing.T) {
	one := []string{"localhost:9092"}
	for text, client := range map[string]Access{
		"no broker address":           {},
		"is not host:port":            {Brokers: []string{"localhost"}},
		"without a mechanism":         {Brokers: one, Security: Security{Username: "u"}},
		"unknown SASL mechanism":      {Brokers: one, Security: Security{Mechanism: "GSSAPI"}},
		"PLAIN needs a user":          {Brokers: one, Security: Security{Mechanism: MechanismPlain, Password: "hidden"}},
		"SCRAM-SHA-512 needs a user":  {Brokers: one, Security: Security{Mechanism: MechanismSCRAMSHA512, Password: "hidden"}},
		"cannot be used with SCRAM-S": {Brokers: one, Security: Security{Mechanism: MechanismSCRAMSHA256, Username: "u", Password: "hidden\x00"}},
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

func TestSecurityHidesThePassword(t *testing.T) {
	s := Security{Mechanism: MechanismPlain, Username: "u", Password: "hidden", TLS: &tls.Config{}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, holder := range []any{s, Access{Security: s}} {
			if text := fmt.Sprintf(format, holder); strings.Contains(text, "hidden") || !strings.Contains(text, "TLS, PLAIN") {
				t.Errorf("%s shows %s", format, text)
			}
		}
	}
}

// An unknown authority is refused by both clients, and says so.
func TestAccessChecksCertificates(t *testing.T) {
	server, _ := testbed.TLS(t)
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(server), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	to := Access{Brokers: fake.ListenAddrs(), Security: Security{TLS: &tls.Config{}}}
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
