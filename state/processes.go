package state

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Declared is what a process that is at work says of itself.
type Declared struct {
	Process  string
	Settings string // by which it accepts events and values customers; its reader's business
}

// processesKey is the hash of processes at work.
func processesKey(namespace string) string { return namespace + ":processes" }

// Declare says for a while under which settings a process is at work. What others declared
// and have not renewed is removed.
func (s *Store) Declare(ctx context.Context, d Declared, holds time.Duration) error {
	now, err := s.client.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("declare settings: %w", err)
	}
	key := processesKey(s.options.Namespace)
	text := strconv.FormatInt(now.Add(holds).UnixMicro(), 10) + " " + d.Settings
	if err := s.client.HSet(ctx, key, d.Process, text).Err(); err != nil {
		return fmt.Errorf("declare settings: %w", err)
	}
	_, gone, err := s.processes(ctx, now)
	if err == nil && len(gone) > 0 {
		err = s.client.HDel(ctx, key, gone...).Err()
	}
	if err != nil {
		return fmt.Errorf("declare settings: %w", err)
	}
	return nil
}

// Withdraw takes back what a process declared: it is at work no more.
func (s *Store) Withdraw(ctx context.Context, process string) error {
	if err := s.client.HDel(ctx, processesKey(s.options.Namespace), process).Err(); err != nil {
		return fmt.Errorf("withdraw settings: %w", err)
	}
	return nil
}

// Declared are the processes at work, by name.
func (s *Store) Declared(ctx context.Context) ([]Declared, error) {
	now, err := s.client.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("read declared settings: %w", err)
	}
	atWork, _, err := s.processes(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("read declared settings: %w", err)
	}
	return atWork, nil
}

func (s *Store) processes(ctx context.Context, now time.Time) (atWork []Declared, gone []string, err error) {
	found, err := s.client.HGetAll(ctx, processesKey(s.options.Namespace)).Result()
	if err != nil {
		return nil, nil, err
	}
	for process, text := range found {
		until, settings, _ := strings.Cut(text, " ")
		if micros, err := strconv.ParseInt(until, 10, 64); err != nil || micros < now.UnixMicro() {
			gone = append(gone, process)
			continue
		}
		atWork = append(atWork, Declared{process, settings})
	}
	slices.SortFunc(atWork, func(a, b Declared) int { return strings.Compare(a.Process, b.Process) })
	return atWork, gone, nil
}
