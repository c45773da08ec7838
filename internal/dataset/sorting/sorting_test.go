package sorting

import (
	"cmp"
	"encoding/binary"
	"os"
	"slices"
	"testing"
)

type row struct{ key, nth uint32 }

func rows(most int) Rows[row] {
	return Rows[row]{
		Compare: func(a, b *row) int { return cmp.Compare(a.key, b.key) },
		Encode: func(dst []byte, r *row) []byte {
			return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, r.key), r.nth)
		},
		Decode: func(text []byte, r *row) error {
			r.key, r.nth = binary.BigEndian.Uint32(text), binary.BigEndian.Uint32(text[4:])
			return nil
		},
		Size: func(*row) int { return 8 },
		Most: most,
	}
}

// The order is the same whether memory holds all, some or hardly any; files do not stay.
func TestSorts(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var want []row
	for i := range uint32(1000) {
		want = append(want, row{i * 7919 % 100, i})
	}
	for most, files := range map[int]int{1 << 20: 0, 4000: 1, 800: 9} {
		s := New(rows(most))
		for _, r := range want {
			if err := s.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			var got []row
			for r, err := range s.All() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r)
			}
			sorted := slices.Clone(want)
			slices.SortStableFunc(sorted, func(a, b row) int { return cmp.Compare(a.key, b.key) })
			if !slices.Equal(got, sorted) || s.Spilled() != files {
				t.Errorf("with %d bytes and %d files the order is another", most, s.Spilled())
			}
		}
		for range s.All() {
			break
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
			t.Errorf("%d files are left", len(left))
		}
	}
}

func TestSaysWhatItCanNotWriteOrRead(t *testing.T) {
	s := New(rows(0))
	if err := s.Add(row{1, 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.runs[0].Truncate(5); err != nil {
		t.Fatal(err)
	}
	var failed error
	for _, err := range s.All() {
		failed = err
	}
	if failed == nil {
		t.Error("a torn file is no error")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", "/nowhere")
	if err := New(rows(0)).Add(row{1, 1}); err == nil {
		t.Error("no file is no error")
	}
}
