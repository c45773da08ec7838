package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Webhook is a receiver that gets an audience's changes over HTTP. That its keys are ones, and
// its address allowed, is not checked here: see assembly.Webhooks.
type Webhook struct {
	Name          string
	URL           string
	Audience      string   // empty: all changes
	Secrets       []string // env:NAME or file:PATH, the newest first
	Timeout       time.Duration
	Schedule      []time.Duration // between the tries of a change
	InFlight      int             // requests at once, of one publisher
	Rate          int             // requests a second, of one publisher; 0: no limit
	AllowHTTP     bool
	AllowInternal []string
}

// Where a secret is.
const (
	secretEnv  = "env:"
	secretFile = "file:"
)

// maxWebhooks bounds their number: each is a member of a consumer group of its own.
const maxWebhooks = 32

// What holds of a webhook that does not say otherwise. The schedule is the example of Standard
// Webhooks.
const (
	webhookTimeout  = 20 * time.Second
	webhookInFlight = 32
)

var webhookSchedule = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

var webhookSettings = []setting{
	set("webhooks", func(c *Config) *[]Webhook { return &c.Webhooks }, tableOf(
		col("name", true, func(w *Webhook) *string { return &w.Name }, namespaceName),
		col("url", true, func(w *Webhook) *string { return &w.URL }, webhookURL),
		col("audience", false, func(w *Webhook) *string { return &w.Audience }, namespaceName),
		col("secrets", true, func(w *Webhook) *[]string { return &w.Secrets }, listOf(secretPlace)),
		col("timeout", false, func(w *Webhook) *time.Duration { return &w.Timeout }, duration(100*time.Millisecond, 5*time.Minute)),
		col("schedule", false, func(w *Webhook) *[]time.Duration { return &w.Schedule }, repeatedListOf(duration(time.Millisecond, 7*24*time.Hour))),
		col("in_flight", false, func(w *Webhook) *int { return &w.InFlight }, whole(1, 1000)),
		col("rate", false, func(w *Webhook) *int { return &w.Rate }, whole(0, 100_000)),
		col("allow_http", false, func(w *Webhook) *bool { return &w.AllowHTTP }, boolean),
		col("allow_internal", false, func(w *Webhook) *[]string { return &w.AllowInternal }, listOf(internalAddress)),
	), "[]", "Receivers that get changes over HTTP, signed as Standard Webhooks says: those of an audience, or without one all. See docs/webhooks.md, e.g. {name: crm, url: \"https://crm.example.com/hooks/clv\", audience: winback, secrets: [\"env:CRM_WEBHOOK_SECRET\"]}. The timeout is 20s unless given, in_flight 32, and the schedule between tries [5s, 5m, 30m, 2h, 5h, 10h, 14h, 20h, 24h].").
		usedBy(PublisherBinary | ToolBinary).derived(deriveWebhooks),
}

func deriveWebhooks(c *Config) {
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		if w.Timeout == 0 {
			w.Timeout = webhookTimeout
		}
		if len(w.Schedule) == 0 {
			w.Schedule = slices.Clone(webhookSchedule)
		}
		if w.InFlight == 0 {
			w.InFlight = webhookInFlight
		}
	}
}

// webhookURL is where a receiver is. Its errors do not quote it: a mistake may have put a
// secret into it.
var webhookURL = unquoted("url", "a URL of https (or http with allow_http), without user, password and fragment, such as https://crm.example.com/hooks/clv", func(text string) bool {
	at, err := url.Parse(text)
	return err == nil && (at.Scheme == "https" || at.Scheme == "http") && at.Hostname() != "" && at.User == nil && at.Fragment == "" && oneLine(text)
})

// secretPlace is where a secret is. Its errors do not quote it: who mistakes it writes the
// secret itself.
var secretPlace = unquoted("place", "env: and the name of a variable that does not begin with "+envPrefix+", or file: and a path; never the secret itself", func(text string) bool {
	if name, ok := strings.CutPrefix(text, secretEnv); ok {
		return onlyOf(name, "_") && !strings.HasPrefix(name, envPrefix)
	}
	path, ok := strings.CutPrefix(text, secretFile)
	return ok && path != "" && oneLine(path)
})

// internalAddress is an address, a network or a host.
var internalAddress = matching("address", "an address (10.0.0.5), a network (10.0.0.0/8) or the host of the URL", func(text string) bool {
	_, notPrefix := netip.ParsePrefix(text)
	_, notAddress := netip.ParseAddr(text)
	return notPrefix == nil || notAddress == nil || onlyOf(text, ".-_")
})

// unquoted is text whose refusal does not show it.
func unquoted(word, allowed string, ok func(string) bool) kind[string] {
	k := matching(word, allowed, ok)
	k.read = func(n *yaml.Node) (string, []flaw) {
		text, problem := scalarText(n)
		if problem == "" && ok(text) {
			return text, nil
		}
		if problem == "" {
			problem = "what is written there is not allowed"
		}
		return "", []flaw{{at: n, text: problem + "; give " + allowed}}
	}
	return k
}

// checkWebhooks keeps webhooks apart, and to what is there.
func checkWebhooks(c *Config, _ map[string]Source) string {
	if n := len(c.Webhooks); n > maxWebhooks {
		return fmt.Sprintf("%d webhooks are given; at most %d are allowed", n, maxWebhooks)
	}
	names := map[string]bool{}
	for i, w := range c.Webhooks {
		switch {
		case names[w.Name]:
			return fmt.Sprintf("[%d].name: %q is given twice; each webhook needs a name of its own", i+1, w.Name)
		case w.Audience != "" && c.audience(w.Audience) == nil:
			return fmt.Sprintf("[%d].audience: there is no audience %q among audiences%s", i+1, w.Audience, c.audienceNames())
		case w.Audience != "" && c.audience(w.Audience).Format.needsRegistry():
			return fmt.Sprintf("[%d].audience: %s is written as Avro, and webhooks send JSON; give one whose format is json or flat", i+1, w.Audience)
		case strings.HasPrefix(w.URL, "http:") && !w.AllowHTTP:
			return fmt.Sprintf("[%d].url: it is of http, which anybody on the way can read; give one of https, or set allow_http: true", i+1)
		}
		names[w.Name] = true
	}
	return ""
}

func (c *Config) audience(name string) *Audience {
	i := slices.IndexFunc(c.Audiences, func(a Audience) bool { return a.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Audiences[i]
}

func (c *Config) audienceNames() string {
	names := make([]string, len(c.Audiences))
	for i, a := range c.Audiences {
		names[i] = a.Name
	}
	if near := ": " + strings.Join(names, ", "); len(names) > 0 {
		return near
	}
	return ", of which none is given"
}

// WebhookTopic is where a webhook's changes are.
func (c Config) WebhookTopic(w Webhook) string {
	if a := c.audience(w.Audience); a != nil {
		return c.AudienceTopic(*a)
	}
	return c.ChangesTopic()
}

// ReadSecrets reads a webhook's secrets from where they are.
func (w Webhook) ReadSecrets(lookup func(string) (string, bool)) ([]Secret, error) {
	var secrets []Secret
	for _, place := range w.Secrets {
		secret, err := readPlace(place, lookup)
		if err != nil {
			return nil, fmt.Errorf("read secret %s of webhook %s: %w", place, w.Name, err)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

func readPlace(place string, lookup func(string) (string, bool)) (Secret, error) {
	if path, ok := strings.CutPrefix(place, secretFile); ok {
		return readSecret(path)
	}
	text, _ := lookup(strings.TrimPrefix(place, secretEnv))
	if text == "" {
		return Secret{}, errors.New("the variable is not set")
	}
	return NewSecret(text), nil
}
