package fetch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/clvstream/clvstream/stream/cluster"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// fetchVersion is the one version of the fetch API spoken here; brokers know it
// since Kafka 2.3, and kafka-go knows none newer.
const fetchVersion = 11

// errUnreadableAnswer marks an answer that does not follow the protocol.
var errUnreadableAnswer = errors.New("read fetch answer")

// fetchExchange is kafka-go's fetch request with an answer read by us. kafka-go
// sends it to the broker named here, over its own authenticated connections,
// but its reader of record sets drops each batch's last offset (needed to step
// over compaction gaps), hides what is wrong behind the first good record, fails
// all partitions for a fault in one, and sizes allocations by counts in the data.
type fetchExchange struct {
	request      fetch.Request
	broker       int32
	clientID     string
	maxSetBytes  int32 // a partition's batches beyond this are not kept
	versionFound int16
}

// fetchAnswer is what a broker said to one request.
type fetchAnswer struct {
	throttle   time.Duration // the broker reads nothing from us for so long: our quota is used up
	errorCode  int16
	partitions []partitionAnswer
}

type partitionAnswer struct {
	partition cluster.Partition
	errorCode int16
	bounds    cluster.Bounds // without topic id
	aborted   []abortedTransaction
	batches   []byte
	setBytes  int // size of the batches as sent; more than len(batches) when they were not kept
}

// ApiKey implements protocol.Message.
//
//nolint:staticcheck // the name is kafka-go's
func (*fetchExchange) ApiKey() protocol.ApiKey { return protocol.Fetch }

// ApiKey implements protocol.Message.
//
//nolint:staticcheck // the name is kafka-go's
func (*fetchAnswer) ApiKey() protocol.ApiKey { return protocol.Fetch }

// Broker implements protocol.BrokerMessage.
func (x *fetchExchange) Broker(protocol.Cluster) (protocol.Broker, error) {
	return protocol.Broker{ID: x.broker}, nil
}

// Required implements protocol.RawExchanger.
func (x *fetchExchange) Required(versions map[protocol.ApiKey]int16) bool {
	x.versionFound = versions[protocol.Fetch]
	return true
}

// RawExchange implements protocol.RawExchanger: one request, one answer.
func (x *fetchExchange) RawExchange(conn io.ReadWriter) (protocol.Message, error) {
	if x.versionFound != fetchVersion {
		return nil, fmt.Errorf("fetch from broker %d: it speaks version %d of the fetch API, not %d: Kafka 2.3 or newer is needed",
			x.broker, x.versionFound, fetchVersion)
	}
	const correlationID = 1 // one request at a time on a connection
	if err := protocol.WriteRequest(conn, fetchVersion, correlationID, x.clientID, &x.request); err != nil {
		return nil, err
	}
	answer := &answerReader{source: conn, left: 4}
	answer.left = int(answer.int32())
	if echoed := answer.int32(); answer.err == nil && echoed != correlationID {
		answer.fail("it answers request %d, not %d", echoed, correlationID)
	}
	read := x.readAnswer(answer)
	if answer.err == nil && answer.left != 0 {
		answer.fail("%d bytes follow its end", answer.left)
	}
	return read, answer.err
}

func (x *fetchExchange) readAnswer(answer *answerReader) *fetchAnswer {
	read := &fetchAnswer{}
	read.throttle = time.Duration(answer.int32()) * time.Millisecond
	read.errorCode = answer.int16()
	answer.int32() // session id
	for topics := answer.int32(); topics > 0 && answer.err == nil; topics-- {
		topic := answer.string()
		for partitions := answer.int32(); partitions > 0 && answer.err == nil; partitions-- {
			read.partitions = append(read.partitions, x.readPartition(answer, topic))
		}
	}
	return read
}

func (x *fetchExchange) readPartition(answer *answerReader, topic string) partitionAnswer {
	p := partitionAnswer{partition: cluster.Partition{Topic: topic, ID: answer.int32()}}
	p.errorCode = answer.int16()
	p.bounds.HighWatermark = answer.int64()
	p.bounds.LastStableOffset = answer.int64()
	p.bounds.LogStartOffset = answer.int64()
	for aborted := answer.int32(); aborted > 0 && answer.err == nil; aborted-- {
		p.aborted = append(p.aborted, abortedTransaction{ProducerID: answer.int64(), FirstOffset: answer.int64()})
	}
	answer.int32() // preferred read replica: we name no rack, so there is none
	p.setBytes = max(0, int(answer.int32()))
	if p.setBytes > int(x.maxSetBytes) {
		answer.discard(p.setBytes)
		return p
	}
	p.batches = answer.bytes(p.setBytes)
	return p
}

// answerReader reads the fields of an answer of known length. After the first
// error all fields are zero.
type answerReader struct {
	source io.Reader
	left   int // bytes of the answer not read yet
	err    error
	field  [8]byte
}

func (a *answerReader) fail(format string, args ...any) {
	a.err = fmt.Errorf("%w: %s", errUnreadableAnswer, fmt.Sprintf(format, args...))
}

// take reads exactly len(into) bytes.
func (a *answerReader) take(into []byte) bool {
	if a.err != nil {
		return false
	}
	if len(into) > a.left {
		a.fail("it ends inside a field")
		return false
	}
	if _, err := io.ReadFull(a.source, into); err != nil {
		a.err = fmt.Errorf("read from broker: %w", err)
		return false
	}
	a.left -= len(into)
	return true
}

func (a *answerReader) int16() int16 {
	if !a.take(a.field[:2]) {
		return 0
	}
	return int16(binary.BigEndian.Uint16(a.field[:2]))
}

func (a *answerReader) int32() int32 {
	if !a.take(a.field[:4]) {
		return 0
	}
	return int32(binary.BigEndian.Uint32(a.field[:4]))
}

func (a *answerReader) int64() int64 {
	if !a.take(a.field[:8]) {
		return 0
	}
	return int64(binary.BigEndian.Uint64(a.field[:8]))
}

func (a *answerReader) string() string { return string(a.bytes(int(a.int16()))) }

// bytes reads n bytes into memory of their own.
func (a *answerReader) bytes(n int) []byte {
	if n <= 0 || a.err != nil {
		return nil
	}
	if n > a.left {
		a.fail("it ends inside a field")
		return nil
	}
	b := make([]byte, n)
	if !a.take(b) {
		return nil
	}
	return b
}

func (a *answerReader) discard(n int) {
	if a.err != nil {
		return
	}
	if n > a.left {
		a.fail("it ends inside a field")
		return
	}
	if _, err := io.CopyN(io.Discard, a.source, int64(n)); err != nil {
		a.err = fmt.Errorf("read from broker: %w", err)
		return
	}
	a.left -= n
}
