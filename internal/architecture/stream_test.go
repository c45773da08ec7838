package architecture

import (
	"slices"
	"testing"
)

func TestFetchAloneSpeaksTheFetchProtocol(t *testing.T) {
	const fetch = module + "/stream/fetch"
	for _, p := range listModule(t) {
		for _, imported := range p.Imports {
			if within(imported, "github.com/segmentio/kafka-go/protocol") && p.ImportPath != fetch {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

func TestEventsKnowNoClient(t *testing.T) {
	const event = module + "/stream/event"
	found := false
	for _, p := range listModule(t) {
		if p.ImportPath != event {
			continue
		}
		found = true
		for _, dep := range p.Deps {
			if within(dep, slices.Concat(kafkaClients, redisClients)...) {
				t.Errorf("%s brings %s along", p.ImportPath, dep)
			}
		}
	}
	if !found {
		t.Errorf("%s is not there: has it moved?", event)
	}
}

// Webhooks are sent from what stands on Kafka alone: a receiver that is slow, or away, has no
// part in what happens in Redis.
func TestWebhooksKnowNoState(t *testing.T) {
	const webhook = module + "/stream/webhook"
	found := false
	for _, p := range listModule(t) {
		if p.ImportPath != webhook {
			continue
		}
		found = true
		for _, dep := range p.Deps {
			if within(dep, slices.Concat(redisClients, []string{module + "/state"})...) {
				t.Errorf("%s brings %s along", webhook, dep)
			}
		}
	}
	if !found {
		t.Errorf("%s is not there: has it moved?", webhook)
	}
}
