package process

import (
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/internal/testbed"
)

func TestOrderBecomesChange(t *testing.T) {
	d := deploy(t, testbed.EmbeddedPair(t))
	consumer := start(t, Consumer, nil, d.flags(Consumer)...)
	publisher := start(t, Publisher, nil, d.flags(Publisher)...)
	consumer.ready(t)
	publisher.ready(t)
	var orders []*kgo.Record
	for n := range 50 {
		orders = append(orders, order(n, fmt.Sprint("c", n%5)))
	}
	d.produce(t, orders...)
	d.records(t, d.namespace+".changes", len(orders))
	for _, c := range []*child{consumer, publisher} {
		c.terminate(t)
		if status := c.status(t); status != 0 {
			t.Errorf("status %d after SIGTERM", status)
		}
	}
}
