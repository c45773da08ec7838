package fetch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// wire is a connection whose broker has said everything beforehand.
type wire struct {
	sent bytes.Buffer
	says io.Reader
}

func (w *wire) Write(b []byte) (int, error) { return w.sent.Write(b) }
func (w *wire) Read(b []byte) (int, error)  { return w.says.Read(b) }

func testAnswer() *kmsg.FetchResponse {
	answer := kmsg.NewPtrFetchResponse()
	answer.Version, answer.ThrottleMillis = fetchVersion, 20
	partition := kmsg.NewFetchResponseTopicPartition()
	partition.Partition, partition.HighWatermark, partition.LastStableOffset, partition.LogStartOffset = 3, 30, 20, 10
	aborted := kmsg.NewFetchResponseTopicPartitionAbortedTransaction()
	aborted.ProducerID, aborted.FirstOffset = 7, 12
	partition.AbortedTransactions, partition.RecordBatches = append(partition.AbortedTransactions, aborted), []byte("batches")
	failed := kmsg.NewFetchResponseTopicPartition()
	failed.Partition, failed.ErrorCode, failed.HighWatermark, failed.LastStableOffset, failed.LogStartOffset = 4, 6, -1, -1, -1
	topic := kmsg.NewFetchResponseTopic()
	topic.Topic, topic.Partitions = "orders", append(topic.Partitions, partition, failed)
	answer.Topics = append(answer.Topics, topic)
	return answer
}

// framed puts size and correlation id before an answer.
func framed(correlationID int32, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	return append(binary.BigEndian.AppendUint32(out, uint32(correlationID)), body...)
}

func exchange(says []byte, versions map[protocol.ApiKey]int16, maxSetBytes int32) (*fetchAnswer, *wire, error) {
	x := &fetchExchange{broker: 5, clientID: "test", maxSetBytes: maxSetBytes, request: fetch.Request{ReplicaID: -1, MaxBytes: 99}}
	x.Required(versions)
	w := &wire{says: bytes.NewReader(says)}
	answer, err := x.RawExchange(w)
	read, _ := answer.(*fetchAnswer)
	return read, w, err
}

var speaksFetch = map[protocol.ApiKey]int16{protocol.Fetch: fetchVersion}

func TestExchangeReadsAnAnswer(t *testing.T) {
	says := framed(1, testAnswer().AppendTo(nil))
	answer, w, err := exchange(says, speaksFetch, 100)
	if err != nil {
		t.Fatal(err)
	}
	if answer.throttle.Milliseconds() != 20 || len(answer.partitions) != 2 {
		t.Fatalf("got %+v", answer)
	}
	want := partitionAnswer{
		partition: cluster.Partition{Topic: "orders", ID: 3}, bounds: cluster.Bounds{HighWatermark: 30, LastStableOffset: 20, LogStartOffset: 10},
		aborted: []abortedTransaction{{7, 12}}, batches: []byte("batches"), setBytes: 7,
	}
	if got := answer.partitions[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := answer.partitions[1]; got.partition.ID != 4 || got.errorCode != 6 || got.batches != nil {
		t.Errorf("got %+v", got)
	}
	if version := binary.BigEndian.Uint16(w.sent.Bytes()[6:]); version != fetchVersion {
		t.Errorf("asked with version %d", version)
	}
	// Too much for one partition is passed over, and the next one still read.
	answer, _, err = exchange(says, speaksFetch, 6)
	if err != nil || answer.partitions[0].batches != nil || answer.partitions[0].setBytes != 7 || answer.partitions[1].errorCode != 6 {
		t.Errorf("got %+v, error %v", answer, err)
	}
}

func TestExchangeRefusesWhatIsNoAnswer(t *testing.T) {
	body := testAnswer().AppendTo(nil)
	for cut := range body { // the frame says it is whole, but its fields say otherwise
		if _, _, err := exchange(framed(1, body[:cut]), speaksFetch, 100); !errors.Is(err, errUnreadableAnswer) {
			t.Fatalf("a body of %d bytes of %d: %v", cut, len(body), err)
		}
	}
	whole := framed(1, body)
	for cut := range whole { // the connection breaks
		if _, _, err := exchange(whole[:cut], speaksFetch, 100); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("broken after %d bytes: %v", cut, err)
		}
	}
	for text, says := range map[string][]byte{
		"answers request 9":          framed(9, body),
		"follow its end":             framed(1, append(bytes.Clone(body), 0)),
		"read fetch answer: it ends": framed(1, changed(body, 10, 0x7f)), // two thousand million topics
	} {
		if _, _, err := exchange(says, speaksFetch, 100); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want %q", err, text)
		}
	}
	if _, _, err := exchange(whole, map[protocol.ApiKey]int16{protocol.Fetch: 10}, 100); err == nil || !strings.Contains(err.Error(), "Kafka 2.3") {
		t.Errorf("from an old broker: %v", err)
	}
}
