package webhook

import (
	"crypto/x509"
	"time"
)

// Webhook is a receiver and what it gets.
type Webhook struct {
	Name          string
	URL           string
	Source        string // topic of its audience, or of all changes
	Keys          []Key  // each signs; the first is the newest
	Timeout       time.Duration
	Schedule      Schedule
	InFlight      int      // requests at once, of one process
	RatePerSecond int      // of one process; 0: no limit
	AllowInternal []string // addresses, networks, or the URL's host

	roots *x509.CertPool // whom to trust; nil: whom the system does. Tests have others
}

// Names that follow from the namespace and a webhook's name.

// StandingTopic is the compacted topic that says which webhooks are disabled, and where each
// began.
func StandingTopic(namespace string) string { return namespace + ".webhooks" }

// DeadTopic has the changes that a webhook's receiver did not take.
func DeadTopic(namespace, name string) string { return namespace + ".webhook." + name + ".dead" }

// ReplayTopic has the changes that are to be sent to a webhook's receiver once more.
func ReplayTopic(namespace, name string) string { return namespace + ".webhook." + name + ".replay" }

// Group is the consumer group whose offsets are a webhook's position.
func Group(namespace, name string) string { return namespace + "-webhook-" + name }
