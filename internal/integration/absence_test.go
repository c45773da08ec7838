package integration

import (
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// While nobody consumes, more event time goes by than the lateness allows. The
// partitions are then read side by side, so that none finds itself too late.
func TestCatchesUpAfterAbsence(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := deploy(t, pair, "input.batch_max_records=50")
		d.publish(t)
		records := d.records(traffic(t, newSeed(t), 600))
		early := len(records) / 4
		first := d.consume(t)
		d.produce(t, records[:early]...)
		d.settle(t)
		first.stop(t)
		d.produce(t, records[early:]...)
		d.consume(t)
		report := d.settled(t)
		t.Log(report)
		if report.DeadLetters != 0 {
			t.Errorf("%d dead letters", report.DeadLetters)
		}
	})
}
