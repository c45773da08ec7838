package assembly

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"os"

	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/stream/webhook"
)

// Webhooks are who gets changes over HTTP. It reads their secrets, and refuses what would be
// refused at each try.
func Webhooks(cfg config.Config) ([]webhook.Webhook, error) {
	all := make([]webhook.Webhook, len(cfg.Webhooks))
	for i := range cfg.Webhooks {
		var err error
		if all[i], err = oneWebhook(cfg, &cfg.Webhooks[i]); err != nil {
			return nil, fmt.Errorf("webhooks[%d]: %w", i+1, err)
		}
	}
	return all, nil
}

func oneWebhook(cfg config.Config, w *config.Webhook) (webhook.Webhook, error) {
	secrets, err := w.ReadSecrets(os.LookupEnv)
	if err != nil {
		return webhook.Webhook{}, err
	}
	keys := make([]webhook.Key, len(secrets))
	for i, secret := range secrets {
		if keys[i], err = webhook.ParseKey(secret.Reveal()); err != nil {
			return webhook.Webhook{}, fmt.Errorf("secret %s of webhook %s: %w", w.Secrets[i], w.Name, err)
		}
	}
	if err := checkHost(w); err != nil {
		return webhook.Webhook{}, fmt.Errorf("url of webhook %s: %w", w.Name, err)
	}
	return webhook.Webhook{
		Name: w.Name, URL: w.URL, Source: cfg.WebhookTopic(*w), Keys: keys, Timeout: w.Timeout, Schedule: w.Schedule,
		InFlight: w.InFlight, RatePerSecond: w.Rate, AllowInternal: w.AllowInternal,
	}, nil
}

// checkHost refuses an address in a URL that the guard would refuse; names are looked up for
// each connection.
func checkHost(w *config.Webhook) error {
	at, err := url.Parse(w.URL)
	if err != nil {
		return fmt.Errorf("it is none: %w", err)
	}
	guard, err := webhook.NewGuard(at.Hostname(), w.AllowInternal)
	if err != nil {
		return fmt.Errorf("allow_internal: %w", err)
	}
	if address, err := netip.ParseAddr(at.Hostname()); err == nil {
		return guard.Check(address)
	}
	return nil
}

// WebhookNames are the names of the configured webhooks.
func WebhookNames(cfg config.Config) []string {
	names := make([]string, len(cfg.Webhooks))
	for i, w := range cfg.Webhooks {
		names[i] = w.Name
	}
	return names
}

// UserAgent is what receivers of webhooks see of a version.
func UserAgent(version string) string { return "clvstream-webhook/" + version }

// Sender sends the configured webhooks; nil if there are none.
func Sender(ctx context.Context, cfg config.Config, version string) (*webhook.Sender, error) {
	if len(cfg.Webhooks) == 0 {
		return nil, nil //nolint:nilnil // which is no error
	}
	kafka, err := Kafka(cfg)
	if err != nil {
		return nil, err
	}
	webhooks, err := Webhooks(cfg)
	if err != nil {
		return nil, err
	}
	return webhook.NewSender(ctx, webhook.Config{
		Kafka: kafka, Namespace: cfg.Namespace, Webhooks: webhooks, UserAgent: UserAgent(version),
		SessionTimeout: cfg.Kafka.SessionTimeout, Grace: cfg.ShutdownTimeout / 2,
	})
}
