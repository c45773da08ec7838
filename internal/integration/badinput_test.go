package integration

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/clvstream/clvstream/clv/history"
	"github.com/clvstream/clvstream/internal/testbed"
	"github.com/clvstream/clvstream/stream/deadletter"
)

// bad is an input record that cannot be used, and why.
type bad struct {
	name   string
	value  []byte // nil: null
	reason history.RefusalReason
}

const tenMegabytes = 10 << 20

// badInput is every kind of input that the world has sent to somebody.
func badInput() []bad {
	order := func(field, value string) []byte {
		fields := []string{`"type":"order.placed"`, `"event_id":"e"`, `"customer_id":"c"`, `"order_id":"o"`, `"occurred_at":"2024-05-06T07:08:09Z"`, `"amount":"29.33"`, `"currency":"USD"`}
		for i, f := range fields {
			if strings.HasPrefix(f, `"`+field+`"`) {
				fields[i] = `"` + field + `":` + value
				return []byte("{" + strings.Join(fields, ",") + "}")
			}
		}
		return []byte("{" + strings.Join(append(fields, `"`+field+`":`+value), ",") + "}")
	}
	text := func(s string) string { return strconv.Quote(s) }
	ahead := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	return []bad{
		{"no bytes", []byte{}, history.Undecodable},
		{"bytes of another format", []byte("\x00\x00\x00\x00\x07\x02e-1\x04"), history.Undecodable},
		{"text", []byte("boo"), history.Undecodable},
		{"cut off", order("amount", `"1`), history.Undecodable},
		{"invalid UTF-8", order("customer_id", "\"c-\xff\""), history.Undecodable},
		{"invalid UTF-8 where nobody reads", order("note", "\"\xc3\x28\""), history.Undecodable},
		{"a name twice", order("extra", `1,"extra":2`), history.Undecodable},
		{"nested bomb", order("extra", strings.Repeat("[", 200_000)), history.Undecodable},
		{"nested bomb, closed", order("extra", strings.Repeat(`{"a":`, 50_000)+"1"+strings.Repeat("}", 50_000)), history.Undecodable},
		{"NaN", order("amount", "NaN"), history.Undecodable},
		{"null", nil, history.NullValue},
		{"10 MB of an order", order("note", text(strings.Repeat("x", tenMegabytes))), history.TooLarge},
		{"10 MB of zeros", make([]byte, tenMegabytes), history.TooLarge},
		{"no customer", order("customer_id", "null"), history.MissingField},
		{"customer a number", order("customer_id", "42"), history.BadField},
		{"amount an object", order("amount", `{"value":"1"}`), history.BadField},
		{"time a number", order("occurred_at", "1700000000"), history.BadField},
		{"unknown type", order("type", `"order.shipped"`), history.UnknownType},
		{"empty id", order("event_id", `""`), history.BadID},
		{"id of a megabyte", order("order_id", text(strings.Repeat("i", 1_000_000))), history.BadID},
		{"NaN as text", order("amount", `"NaN"`), history.BadAmount},
		{"negative amount", order("amount", `"-0.01"`), history.BadAmount},
		{"negative minor units", order("amount", "-1"), history.BadAmount},
		{"absurd amount", order("amount", `"99999999999999999999999999"`), history.BadAmount},
		{"amount with an exponent", order("amount", `"1e400"`), history.BadAmount},
		{"more decimals than the currency has", order("amount", `"1.005"`), history.BadAmount},
		{"unknown currency", order("currency", `"XQX"`), history.UnknownCurrency},
		{"currency without a rate", order("currency", `"EUR"`), history.UnknownCurrency},
		{"no time at all", order("occurred_at", `"yesterday"`), history.BadTime},
		{"decades ago", order("occurred_at", `"1970-01-01T00:00:00Z"`), history.BadTime},
		{"decades ahead", order("occurred_at", `"2086-01-01T00:00:00Z"`), history.FutureTime},
		{"two hours ahead", order("occurred_at", text(ahead)), history.FutureTime},
	}
}

// deployForLarge has input topics that take messages of 10 MB, and a client that
// sends them.
func deployForLarge(t *testing.T, pair *testbed.Pair, settings ...string) *deployment {
	t.Helper()
	topic := testbed.Unique(t) + "-orders"
	pair.CreateTopic(t, topic, 2, "max.message.bytes", strconv.Itoa(12<<20))
	d := deploy(t, pair, append(settings, "input.topics="+topic)...)
	d.client = newProducer(t, pair, kgo.ProducerBatchMaxBytes(12<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	return d
}

// Each bad record becomes one dead letter that has all of it, and the good ones
// around it count.
func TestBadInputBecomesDeadLetters(t *testing.T) {
	t.Parallel()
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		d := deployForLarge(t, pair)
		d.consume(t)
		d.publish(t)
		good := d.records(traffic(t, newSeed(t), 100))
		sent := map[string]*kgo.Record{}
		reasons := map[string]history.RefusalReason{}
		input := badInput()
		for i, b := range input {
			record := &kgo.Record{
				Topic: d.config.Input.Topics[0], Key: []byte(b.name), Value: b.value,
				Headers: []kgo.RecordHeader{{Key: "origin", Value: []byte(b.name)}, {Key: "empty"}},
			}
			if i%3 == 0 {
				record.Key = nil
			}
			around := good[i*len(good)/len(input) : (i+1)*len(good)/len(input)]
			d.produce(t, slices.Concat(around, []*kgo.Record{record})...)
			at := fmt.Sprintf("%s/%d/%d", record.Topic, record.Partition, record.Offset)
			sent[at], reasons[at] = record, b.reason
		}
		report := d.settled(t)
		t.Log(report)
		if report.Events != int64(len(good)) || report.DeadLetters != int64(len(sent)) {
			t.Errorf("%d events and %d dead letters, want %d and %d", report.Events, report.DeadLetters, len(good), len(sent))
		}
		for _, letter := range d.committed(t, d.config.DeadLetterTopic()) {
			headers := map[string]string{}
			for _, h := range letter.Headers {
				headers[h.Key] = string(h.Value)
			}
			at := fmt.Sprintf("%s/%s/%s", headers[deadletter.HeaderTopic], headers[deadletter.HeaderPartition], headers[deadletter.HeaderOffset])
			original := sent[at]
			if original == nil {
				t.Errorf("dead letter of %s: not bad, or a second time", at)
				continue
			}
			delete(sent, at)
			name := string(original.Headers[0].Value)
			if headers[deadletter.HeaderReason] != reasons[at].String() || headers[deadletter.HeaderDetail] == "" {
				t.Errorf("%s: reason %q (%q), want %q", name, headers[deadletter.HeaderReason], headers[deadletter.HeaderDetail], reasons[at])
			}
			if !same(letter.Value, original.Value) || !same(letter.Key, original.Key) {
				t.Errorf("%s: key of %d and value of %d bytes are not the original's", name, len(letter.Key), len(letter.Value))
			}
			if headers[deadletter.OriginalPrefix+"origin"] != name || headers[deadletter.HeaderTimestamp] != strconv.FormatInt(original.Timestamp.UnixMilli(), 10) {
				t.Errorf("%s: headers %v lack the original's", name, headers)
			}
		}
		for at := range sent {
			t.Errorf("no dead letter of %s (%s)", at, sent[at].Headers[0].Value)
		}
	})
}

// same tells empty from null as well.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// Messages of 10 MB, however many wait, must not all be in memory at once. The
// limit, as deployments set one, has garbage of them collected before it is reached.
const (
	largeMessages  = 24
	memoryLimit    = "GOMEMLIMIT=100MiB"
	mostMemoryMiB  = 200 // of either program, at its peak: 24 such messages are 240
	largeCustomers = 100
)

func TestMemoryIsBounded(t *testing.T) {
	binaries := testbed.BuildPrograms(t)
	d := deployForLarge(t, testbed.RealPair(t)) // which servers makes no difference to the programs
	d.environment = []string{memoryLimit}
	value := bytes.Repeat([]byte("x"), tenMegabytes)
	for i := range largeMessages {
		d.produce(t, &kgo.Record{Topic: d.config.Input.Topics[0], Key: []byte(strconv.Itoa(i)), Value: value})
	}
	d.produce(t, d.records(traffic(t, newSeed(t), largeCustomers))...)
	programs := []*child{d.spawn(t, binaries, "consumer")}
	eventually(t, "many to wait for the publisher", func() bool { return d.backlog(t).Outbox >= largeMessages/2 })
	programs = append(programs, d.spawn(t, binaries, "publisher"))
	if report := d.settled(t); report.DeadLetters != largeMessages {
		t.Errorf("%d dead letters, want %d", report.DeadLetters, largeMessages)
	}
	for _, program := range programs {
		peak := peakMemoryMiB(t, program)
		t.Logf("%s: %d MiB at its peak", program.name, peak)
		if peak > mostMemoryMiB {
			t.Errorf("%s took %d MiB, want at most %d", program.name, peak, mostMemoryMiB)
		}
	}
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemoryMiB is the most memory that a process has had at a time. Where the
// system does not tell, the test ends here.
func peakMemoryMiB(t *testing.T, c *child) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		t.Skipf("LEFT OUT: the peak of memory: %v", err)
	}
	found := peakLine.FindSubmatch(status)
	if found == nil {
		t.Fatalf("no peak of memory in %s", status)
	}
	return must(strconv.Atoi(string(found[1])))(t) / 1024
}
