package fetch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// compressed writes data as producers do.
func compressed(t *testing.T, codec int8, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	switch codec {
	case codecGzip:
		w := gzip.NewWriter(&out)
		w.Write(data)
		w.Close()
	case codecSnappy:
		return snappy.Encode(nil, data)
	case codecLZ4:
		w := lz4.NewWriter(&out)
		w.Write(data)
		w.Close()
	case codecZstd:
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(data, nil)
	}
	return out.Bytes()
}

// javaSnappy frames blocks of data as snappy-java does.
func javaSnappy(data []byte, blockBytes int) []byte {
	out := append(bytes.Clone(javaSnappyMagic), 0, 0, 0, 1, 0, 0, 0, 1)
	for len(data) > 0 {
		n := min(blockBytes, len(data))
		block := snappy.Encode(nil, data[:n])
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(block))), block...)
		data = data[n:]
	}
	return out
}

func TestDecompressorKeepsItsBound(t *testing.T) {
	const bound = 10_000
	d, err := newDecompressor(bound)
	if err != nil {
		t.Fatal(err)
	}
	encoders := map[string]func(data []byte) ([]byte, int8){
		"gzip":        func(data []byte) ([]byte, int8) { return compressed(t, codecGzip, data), codecGzip },
		"snappy":      func(data []byte) ([]byte, int8) { return compressed(t, codecSnappy, data), codecSnappy },
		"java snappy": func(data []byte) ([]byte, int8) { return javaSnappy(data, 3000), codecSnappy },
		"lz4":         func(data []byte) ([]byte, int8) { return compressed(t, codecLZ4, data), codecLZ4 },
		"zstd":        func(data []byte) ([]byte, int8) { return compressed(t, codecZstd, data), codecZstd },
	}
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			fits := bytes.Repeat([]byte("0123456789"), bound/10)
			body, codec := encode(fits)
			for range 2 { // readers are used again
				got, err := d.open(nil, body, codec)
				if err != nil || !bytes.Equal(got, fits) {
					t.Fatalf("%d bytes, error %v; want all %d back", len(got), err, bound)
				}
			}
			tooMuch, codec := encode(append(fits, 'x'))
			if _, err := d.open(nil, tooMuch, codec); !errors.Is(err, errUnsupported) {
				t.Errorf("one byte beyond the bound: %v, want errUnsupported", err)
			}
			for cut := range body {
				if _, err := d.open(nil, body[:cut], codec); err == nil && cut > 0 && name != "java snappy" { // its frames may end anywhere
					t.Fatalf("cut at %d of %d bytes: no error", cut, len(body))
				}
			}
			if got, err := d.open(nil, body, codec); err != nil || !bytes.Equal(got, fits) {
				t.Errorf("after faults: %d bytes, error %v", len(got), err)
			}
		})
	}
}

// Lengths that the data claims must not be allocated.
func TestDecompressorDistrustsLengths(t *testing.T) {
	d, err := newDecompressor(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	claims := binary.AppendUvarint(nil, 1<<32-1) // snappy: four gigabytes follow
	for name, body := range map[string][]byte{
		"block": append(claims, 0, 0),
		"frame": append(append(bytes.Clone(javaSnappyMagic), 0, 0, 0, 1, 0, 0, 0, 1), 0xff, 0xff, 0xff, 0xff, 0),
	} {
		if out, err := d.open(nil, body, codecSnappy); err == nil {
			t.Errorf("%s: %d bytes, no error", name, len(out))
		}
	}
}
