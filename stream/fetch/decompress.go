package fetch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression codes, from a batch's attributes.
const (
	codecNone = iota
	codecGzip
	codecSnappy
	codecLZ4
	codecZstd
)

var (
	gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}
	lz4Readers  = sync.Pool{New: func() any { return lz4.NewReader(nil) }}

	// javaSnappyMagic begins what Java producers write: after it two int32
	// versions, then blocks of an int32 length and raw snappy each.
	javaSnappyMagic = []byte("\x82SNAPPY\x00")
)

const javaSnappyHeaderBytes = 16

// errTooLarge ends a decompression that goes beyond its bound.
var errTooLarge = errors.New("too large")

// decompressor opens batches and allocates no more than maxBytes for one,
// whatever its compressed bytes claim: kafka-go's own readers trust lengths
// found there. It keeps nothing between calls and serves all readers.
type decompressor struct {
	maxBytes int
	zstd     *zstd.Decoder
}

func newDecompressor(maxBytes int) (*decompressor, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(maxBytes)))
	if err != nil {
		return nil, fmt.Errorf("make zstd reader: %w", err)
	}
	return &decompressor{maxBytes: maxBytes, zstd: decoder}, nil
}

// open returns the records of a compressed batch. It writes over a buffer if they fit
// into it.
func (d *decompressor) open(buffer, body []byte, codec int8) (out []byte, err error) {
	out = buffer[:0]
	switch codec {
	case codecGzip:
		out, err = d.gunzip(out, body)
	case codecSnappy:
		out, err = d.unsnappy(out, body)
	case codecLZ4:
		reader, _ := lz4Readers.Get().(*lz4.Reader)
		defer lz4Readers.Put(reader)
		reader.Reset(bytes.NewReader(body))
		out, err = d.readAll(out, reader, len(body))
	case codecZstd:
		out, err = d.zstd.DecodeAll(body, out)
	default:
		return nil, fmt.Errorf("%w: compression codec %d: known are gzip, snappy, lz4 and zstd", errUnsupported, codec)
	}
	if errors.Is(err, errTooLarge) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, fmt.Errorf("%w: a batch of %d bytes decompresses to more than %d: raise the largest batch size, or have producers send smaller batches",
			errUnsupported, len(body), d.maxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: decompress batch: %w", errCorrupt, err)
	}
	return out, nil
}

func (d *decompressor) gunzip(out, body []byte) ([]byte, error) {
	reader, _ := gzipReaders.Get().(*gzip.Reader)
	defer gzipReaders.Put(reader)
	if err := reader.Reset(bytes.NewReader(body)); err != nil {
		return nil, err
	}
	return d.readAll(out, reader, len(body))
}

func (d *decompressor) readAll(out []byte, reader io.Reader, compressedBytes int) ([]byte, error) {
	const usualRatio = 4
	into := bytes.NewBuffer(slices.Grow(out, min(usualRatio*compressedBytes, d.maxBytes)+bytes.MinRead))
	n, err := into.ReadFrom(io.LimitReader(reader, int64(d.maxBytes)+1))
	if n > int64(d.maxBytes) {
		return nil, errTooLarge
	}
	return into.Bytes(), err
}

// unsnappy reads a raw block, as librdkafka and franz-go write it, or Java's
// framed ones.
func (d *decompressor) unsnappy(out, body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, javaSnappyMagic) || len(body) < javaSnappyHeaderBytes {
		return d.appendSnappy(out, body)
	}
	for rest := body[javaSnappyHeaderBytes:]; len(rest) > 0; {
		if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
			return nil, io.ErrUnexpectedEOF
		}
		end := 4 + int(binary.BigEndian.Uint32(rest))
		var err error
		if out, err = d.appendSnappy(out, rest[4:end]); err != nil {
			return nil, err
		}
		rest = rest[end:]
	}
	return out, nil
}

func (d *decompressor) appendSnappy(out, block []byte) ([]byte, error) {
	n, err := s2.DecodedLen(block)
	if err != nil {
		return nil, err
	}
	if n > d.maxBytes-len(out) {
		return nil, errTooLarge
	}
	from := len(out)
	out = slices.Grow(out, n)[:from+n]
	_, err = s2.Decode(out[from:], block)
	return out, err
}
