package asyncapi

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/config"
)

// What a schema says beside a reference stays, in place of what the reference says, and no
// reference is left that another document would resolve elsewhere. Nothing of the servers shows.
func TestDocument(t *testing.T) {
	cfg, _, err := config.Load(config.Options{File: "clv.yaml", Text: []byte("kafka: {brokers: [broker-1.example:9092]}\nredis: {username: keeper}\n")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := Document(cfg, "v")
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"$defs", "$id", "broker-1", "keeper"} {
		if strings.Contains(string(text), never) {
			t.Errorf("the document holds %q", never)
		}
	}
	var d struct {
		Components struct {
			Messages map[string]struct {
				Payload struct {
					Schema struct {
						Properties map[string]struct {
							Type        any
							Description string
							MinLength   int
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	id := d.Components.Messages["order.placed"].Payload.Schema.Properties["customer_id"]
	if id.Type != "string" || id.MinLength != 1 || !strings.HasPrefix(id.Description, "Identifies the customer") {
		t.Errorf("customer_id is %+v", id)
	}
}
