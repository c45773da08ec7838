package receivers

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/clvstream/clvstream/internal/asyncapi"
	"github.com/clvstream/clvstream/internal/config"
	"github.com/clvstream/clvstream/internal/testbed"
)

// The parser of the AsyncAPI project takes the document of a deployment without an error or a
// warning, and finds its topics and messages.
func TestAsyncAPIParserReadsTheDocument(t *testing.T) {
	receivers := testbed.FindReceivers(t)
	cfg, _, err := config.Load(config.Options{File: "clv.yaml", Text: []byte(`
namespace: shop
input: {topics: [orders.eu]}
registry: {url: "http://registry:8081"}
publisher: {current_format: flat-avro}
audiences: [{name: loyal, filter: orders > 3}, {name: wide, filter: "true", format: flat}, {name: lake, filter: "true", format: avro}]
`)})
	if err != nil {
		t.Fatal(err)
	}
	text, err := asyncapi.Document(cfg, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "asyncapi.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	type found struct {
		Errors   []string            `json:"errors"`
		Version  string              `json:"version"`
		Channels map[string][]string `json:"channels"`
	}
	events := []string{"churn.confirmed", "churn.predicted", "churn.reverted", "customer.acquired", "customer.erased", "order.cancelled", "order.placed", "order.refunded", "refund.reverted"}
	want := found{[]string{}, asyncapi.SpecVersion, map[string][]string{
		"orders.eu": events, "shop.changes": {"clv.changed"}, "shop.current": {"clv.changed.flat.avro"}, "shop.deadletter": {"dead_letter"},
		"shop.audience.loyal": {"clv.changed"}, "shop.audience.wide": {"clv.changed.flat"}, "shop.audience.lake": {"clv.changed.avro"},
	}}
	if got := decoded[found](t, receivers.Run(t, "node", program(t, "asyncapi.cjs"), file)); !reflect.DeepEqual(got, want) {
		t.Errorf("the parser has\n%+v\nwant\n%+v", got, want)
	}
}
