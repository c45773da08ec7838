package cluster

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Every cluster that the tests run on keeps the promise of once.
func TestTransactionVersion(t *testing.T) {
	testbed.EachPair(t, func(t *testing.T, p *testbed.Pair) {
		version, err := transactionVersion(t.Context(), kadm.NewClient(p.KafkaClient(t)))
		if err != nil || version < onceSince {
			t.Errorf("transaction.version %d, %v; want %d", version, err, onceSince)
		}
	})
}
