package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// AuthorizationError says which right on a topic the Kafka user lacks.
type AuthorizationError struct {
	Operation string // as Kafka's ACLs name it: READ, DESCRIBE
	Topic     string
}

func (e *AuthorizationError) Error() string {
	return fmt.Sprintf("read topic %q: this user may not %s it: add an ACL that allows operation %[2]s", e.Topic, e.Operation)
}

// AuthenticationError says that the brokers refused the credentials.
type AuthenticationError struct{ Cause error }

func (e *AuthenticationError) Error() string {
	return fmt.Sprintf("connect to Kafka: the brokers refuse the credentials: check the SASL mechanism, user and password: %v", e.Cause)
}

func (e *AuthenticationError) Unwrap() error { return e.Cause }

// RefusedCredentials finds what no further try can overcome in a request's error.
func RefusedCredentials(err error) *AuthenticationError {
	for _, refusal := range []error{
		kafka.SASLAuthenticationFailed, kafka.UnsupportedSASLMechanism, kafka.IllegalSASLState,
		kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState,
	} {
		if errors.Is(err, refusal) {
			return &AuthenticationError{Cause: err}
		}
	}
	return nil
}

// Passing says whether an error may be gone the next time. The others mean that
// the broker does not know the question or does not answer it to us.
func Passing(err error) bool {
	if failed, ok := errors.AsType[*kadm.ShardErrors](err); ok {
		return slices.ContainsFunc(failed.Errs, func(e kadm.ShardError) bool { return Passing(e.Err) })
	}
	return kerr.IsRetriable(err) || kgo.IsRetryableBrokerErr(err) || IsFenced(err) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// IsFenced says whether a newer owner of a transactional id has fenced this one.
func IsFenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}
