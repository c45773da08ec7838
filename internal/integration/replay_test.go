package integration

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/clvstream/clvstream/internal/dataset"
	"github.com/clvstream/clvstream/internal/feed"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/internal/verify"
)

// figures are what a data set comes to.
type figures struct{ events, customers, purchaseDays, repeats, revenueMinor int64 }

func figuresOf(r verify.Report) figures {
	return figures{events: r.Events, customers: r.Customers, purchaseDays: r.PurchaseDays, repeats: r.RepeatPurchases, revenueMinor: r.RevenueMinor}
}

// The CDNOW data, as published by Fader and Hardie (brucehardie.com).
func TestReplaysCDNOWSample(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		replaysCDNOW(t, pair, "CDNOW_sample.txt", figures{6_919, 2_357, 6_696, 4_339, 24_409_194})
	})
}

func TestReplaysCDNOWMaster(t *testing.T) {
	t.Parallel()
	replaysCDNOW(t, testbed.RealPair(t), "CDNOW_master.txt", figures{69_659, 23_570, 67_591, 44_021, 250_031_563})
}

func replaysCDNOW(t *testing.T, pair *testbed.Pair, file string, want figures) {
	t.Helper()
	d := deploy(t, pair, "state.shards=16", "input.batch_max_records=5000")
	d.consume(t)
	d.publish(t)
	d.feedFile(t, filepath.Join("..", "dataset", "testdata", file))
	report := d.settled(t)
	if got := figuresOf(report); got != want {
		t.Errorf("figures are %+v, want %+v", got, want)
	}
	if report.DeadLetters != 0 {
		t.Errorf("%d dead letters", report.DeadLetters)
	}
	t.Log(report)
}

func (d *deployment) feedFile(t *testing.T, path string) {
	t.Helper()
	file := must(os.Open(path))(t)
	defer file.Close()
	reader := must(dataset.NewReader(file, dataset.Options{Format: must(dataset.ParseFormat("cdnow"))(t), Name: path}))(t)
	f := must(feed.New(d.kafka, d.config.Input.Topics))(t)
	defer f.Close()
	for row, err := range reader.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Add(t.Context(), &row.Event, row.Currency); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}
