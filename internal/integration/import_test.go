package integration

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/assembly"
	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/dataset/amounts"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/testbed"
)

// Lines of raw Online Retail, with cancellations that name no order, become orders and refunds
// that all count. Their figures are those of an independent count over the lines.
func TestImportsOnlineRetail(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, importsOnlineRetail)
}

func importsOnlineRetail(t *testing.T, pair *testbed.Pair) {
	d := deploy(t, pair, "business.currency=GBP")
	d.consume(t)
	d.publish(t)
	path := filepath.Join("..", "..", "cmd", "clvstream", "testdata", "import", "online-retail-cut.csv")
	options := dataset.Options{Name: path, Currency: d.config.Business.Currency, Cancellations: dataset.CancellationsRefund, Rounding: amounts.RoundNot, ByTime: true}
	in := feed.Intake{
		Now:   time.Now(),
		Rules: must(assembly.Decoding(d.config))(t),
		Open: func() (*dataset.Reader, io.Closer, error) {
			file, err := os.Open(path)
			if err != nil {
				return nil, nil, err
			}
			reader, err := dataset.NewReader(file, options)
			return reader, file, err
		},
	}
	c := must(in.Check(t.Context()))(t)
	if err := c.Ready(path, 0, false); err != nil {
		t.Fatal(err)
	}
	if c.Orders != 45 || c.Refunds != 8 || c.Ordered[d.config.Business.Currency] != 11_937_12 || c.Refunded[d.config.Business.Currency] != 290_46 || c.AsideRows() != 35 {
		t.Errorf("%d orders, %d refunds, %v, %v, %d rows aside", c.Orders, c.Refunds, c.Ordered, c.Refunded, c.AsideRows())
	}
	var failed error
	sent, err := feed.Publish(t.Context(), d.kafka, d.config.Input.Topics, in.Events(&failed), feed.Pace{}, func(int64) {})
	if err != nil || failed != nil || sent != 53 {
		t.Fatalf("%d sent: %v, %v", sent, err, failed)
	}
	report := d.settled(t)
	if got, want := report.RevenueMinor, int64(11_937_12-290_46); got != want || report.Customers != 3 || report.DeadLetters != 0 {
		t.Errorf("revenue %d, want %d; %s", got, want, report)
	}
}
