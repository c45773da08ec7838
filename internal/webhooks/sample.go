package webhooks

import (
	"context"
	"strconv"
	"time"

	"github.com/clvstream/clvstream/clv"
	"github.com/clvstream/clvstream/clv/announce"
	"github.com/clvstream/clvstream/clv/estimate"
	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/clv/money"
	"github.com/clvstream/clvstream/stream/change"
	"github.com/clvstream/clvstream/stream/webhook"
)

// SampleCustomer is whom the sample change is about.
const SampleCustomer = "clvstream-webhook-test"

// Answer is what came of a test.
type Answer struct {
	Delivered   bool          `json:"delivered"`
	Outcome     webhook.Class `json:"outcome"`
	Status      int           `json:"status,omitempty"`
	Error       string        `json:"error,omitempty"`
	TookSeconds float64       `json:"took_seconds"`
	ID          string        `json:"webhook_id"`
	Sent        string        `json:"sent"` // the body
	Body        string        `json:"answer,omitempty"`
	PublicKeys  []string      `json:"public_keys,omitempty"` // of asymmetric signatures
}

// mostShown is how much of an answer is shown, bytes.
const mostShown = 1000

// Test sends a sample change to a webhook's receiver, signed, once.
func Test(ctx context.Context, w webhook.Webhook, agent string, currency money.Currency) (*Answer, error) {
	endpoint, err := webhook.NewEndpoint(w, agent)
	if err != nil {
		return nil, err
	}
	defer endpoint.Close()
	message := sample(time.Now().UTC().Truncate(time.Microsecond), currency) // as changes have it
	outcome, body := endpoint.Ask(ctx, &message)
	answer := &Answer{
		Delivered: outcome.Class == webhook.Delivered, Outcome: outcome.Class, Status: outcome.Status, TookSeconds: outcome.Took.Seconds(),
		ID: message.ID, Sent: string(message.Body()), Body: string(body[:min(len(body), mostShown)]),
	}
	if outcome.Err != nil {
		answer.Error = outcome.Err.Error()
	}
	for _, key := range w.Keys {
		if public := key.Public(); public != "" {
			answer.PublicKeys = append(answer.PublicKeys, public)
		}
	}
	return answer, nil
}

// sample is a change like others, of a customer who is none.
func sample(now time.Time, currency money.Currency) webhook.Message {
	c := clv.Change{
		CustomerID: SampleCustomer, Version: 1, Reason: announce.ReasonFirst,
		Cause: clv.Cause{EventID: SampleCustomer, Kind: history.OrderPlaced, OrderID: SampleCustomer, AtMicros: now.UnixMicro()},
		Current: estimate.Estimate{
			AsOfMicros: now.UnixMicro(), Status: history.Active, HistoricMinor: 2933, PredictedMinor: 5866, CLVMinor: 8799, ExpectedOrders: 2, SpendMinor: 2933,
			Facts: history.Facts{Orders: 1, PurchaseDays: 1, RevenueMinor: 2933, MarginMinor: 2933},
		},
		ModelName: "simple", ModelVersion: "sample",
	}
	renderer := change.NewRenderer(currency)
	return webhook.Message{
		ID: "test:" + strconv.FormatInt(now.UnixNano(), 10), Type: change.EventType, Time: now.Format(time.RFC3339Nano),
		Data: renderer.Append(nil, &c),
	}
}
