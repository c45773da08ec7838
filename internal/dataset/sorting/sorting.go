// Package sorting orders more rows than memory should hold.
//
//	Add ──► Most rows in memory ──► a sorted run in a temporary file, as often as need be
//	All ──► the runs and what is in memory, merged
//
// Rows that compare equal keep the order in which they came.
package sorting

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// Rows says how rows are compared and written.
type Rows[T any] struct {
	Compare func(a, b *T) int
	Encode  func(dst []byte, row *T) []byte
	Decode  func(text []byte, row *T) error
	Size    func(row *T) int // about how many bytes a row takes
	Most    int              // bytes in memory
}

// Sorter takes rows and gives them back in order.
type Sorter[T any] struct {
	kind   Rows[T]
	held   []T
	bytes  int
	runs   []*os.File
	buffer []byte
}

// New is an empty sorter. It must be closed.
func New[T any](kind Rows[T]) *Sorter[T] { return &Sorter[T]{kind: kind} }

// Add takes a row.
func (s *Sorter[T]) Add(row T) error {
	s.held = append(s.held, row)
	if s.bytes += s.kind.Size(&row); s.bytes <= s.kind.Most {
		return nil
	}
	return s.spill()
}

// Spilled is how many temporary files were needed.
func (s *Sorter[T]) Spilled() int { return len(s.runs) }

func (s *Sorter[T]) sort() {
	slices.SortStableFunc(s.held, func(a, b T) int { return s.kind.Compare(&a, &b) })
}

// spill writes what is in memory to a file.
func (s *Sorter[T]) spill() error {
	s.sort()
	file, err := os.CreateTemp("", "clvstream-sort-")
	if err != nil {
		return fmt.Errorf("sort rows: %w", err)
	}
	s.runs = append(s.runs, file)
	w := bufio.NewWriterSize(file, 1<<20)
	for i := range s.held {
		s.buffer = s.kind.Encode(s.buffer[:0], &s.held[i])
		var length [binary.MaxVarintLen64]byte
		w.Write(length[:binary.PutUvarint(length[:], uint64(len(s.buffer)))]) //nolint:errcheck // Flush says it
		w.Write(s.buffer)                                                     //nolint:errcheck // Flush says it
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("sort rows: write a temporary file: %w", err)
	}
	clear(s.held)
	s.held, s.bytes = s.held[:0], 0
	return nil
}

// All gives the rows in order. It ends after an error. It can be ranged over again.
func (s *Sorter[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		s.sort()
		merged := &merge[T]{compare: s.kind.Compare}
		for i, file := range s.runs {
			if _, err := file.Seek(0, io.SeekStart); err != nil {
				yield(*new(T), fmt.Errorf("sort rows: %w", err))
				return
			}
			r := &run[T]{number: i, reader: bufio.NewReaderSize(file, 256<<10), decode: s.kind.Decode}
			merged.runs = append(merged.runs, r)
		}
		merged.runs = append(merged.runs, &run[T]{number: len(s.runs), held: s.held})
		merged.yield(yield)
	}
}

// Close gives back memory and files.
func (s *Sorter[T]) Close() error {
	var errs []error
	for _, file := range s.runs {
		errs = append(errs, file.Close(), os.Remove(file.Name()))
	}
	s.runs, s.held = nil, nil
	return errors.Join(errs...)
}

// run is a sorted run: of a file, or in memory.
type run[T any] struct {
	number int
	reader *bufio.Reader
	decode func([]byte, *T) error
	buffer []byte
	held   []T
	row    T
}

// next reads the run's next row: io.EOF after the last.
func (r *run[T]) next() error {
	if r.reader == nil {
		if len(r.held) == 0 {
			return io.EOF
		}
		r.row, r.held = r.held[0], r.held[1:]
		return nil
	}
	length, err := binary.ReadUvarint(r.reader)
	if err != nil {
		return err
	}
	r.buffer = slices.Grow(r.buffer[:0], int(length))[:length] //nolint:gosec // written by spill
	if _, err := io.ReadFull(r.reader, r.buffer); err != nil {
		return err
	}
	return r.decode(r.buffer, &r.row)
}

// merge is a heap of runs by their next rows.
type merge[T any] struct {
	compare func(a, b *T) int
	runs    []*run[T]
}

func (m *merge[T]) yield(yield func(T, error) bool) {
	waiting := m.runs
	m.runs = nil
	for _, r := range waiting {
		if err := r.next(); err == nil {
			m.runs = append(m.runs, r)
		} else if !errors.Is(err, io.EOF) {
			yield(r.row, fmt.Errorf("sort rows: read a temporary file: %w", err))
			return
		}
	}
	heap.Init(m)
	for len(m.runs) > 0 {
		first := m.runs[0]
		if !yield(first.row, nil) {
			return
		}
		switch err := first.next(); {
		case err == nil:
			heap.Fix(m, 0)
		case errors.Is(err, io.EOF):
			heap.Pop(m)
		default:
			yield(first.row, fmt.Errorf("sort rows: read a temporary file: %w", err))
			return
		}
	}
}

// Len implements heap.Interface.
func (m *merge[T]) Len() int { return len(m.runs) }

// Less implements heap.Interface. Earlier runs hold earlier rows.
func (m *merge[T]) Less(i, j int) bool {
	a, b := m.runs[i], m.runs[j]
	if order := m.compare(&a.row, &b.row); order != 0 {
		return order < 0
	}
	return a.number < b.number
}

// Swap implements heap.Interface.
func (m *merge[T]) Swap(i, j int) { m.runs[i], m.runs[j] = m.runs[j], m.runs[i] }

// Push implements heap.Interface; runs are never added.
func (m *merge[T]) Push(any) {}

// Pop implements heap.Interface.
func (m *merge[T]) Pop() any {
	last := m.runs[len(m.runs)-1]
	m.runs = m.runs[:len(m.runs)-1]
	return last
}
