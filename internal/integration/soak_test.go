package integration

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/clvstream/clvstream/internal/testbed"
)

// soakFaults is how many faults a soak goes through: some twenty minutes' worth.
const soakFaults = 300

// Every fault that the other tests know, drawn by lot, for as long as it takes,
// on real servers with two of each program.
func TestSoak(t *testing.T) {
	testbed.Soak(t)
	binaries := testbed.BuildPrograms(t)
	testbed.EachPair(t, func(t *testing.T, pair *testbed.Pair) {
		if pair.Kafka == nil {
			t.Skip("real servers only")
		}
		seed := newSeed(t)
		s := &soak{
			deployment: deploy(t, pair, oneTopic(t)), binaries: binaries,
			random: rand.New(rand.NewPCG(seed, 0)), programs: map[string][2]*child{},
		}
		for _, name := range []string{"consumer", "publisher"} {
			s.programs[name] = [2]*child{s.spawn(t, binaries, name), s.spawn(t, binaries, name)}
		}
		const rounds, eventsPerFault = 10, 3000
		records := s.records(traffic(t, seed, soakFaults*eventsPerFault/6))
		for round := range rounds {
			feed := s.feed(t, records[round*len(records)/rounds:(round+1)*len(records)/rounds])
			for range soakFaults / rounds {
				s.fault(t)
				s.works(t)
			}
			feed.stop()
			t.Log(s.settled(t))
		}
	})
}

type soak struct {
	*deployment
	binaries string
	random   *rand.Rand
	programs map[string][2]*child
	older    string // a copy of the first Redis's file; empty: none yet
}

// fault makes something happen, and ends it again.
func (s *soak) fault(t *testing.T) {
	t.Helper()
	name, seat := []string{"consumer", "publisher"}[s.random.IntN(2)], s.random.IntN(2)
	programs := s.programs[name]
	switch roll := s.random.IntN(20); {
	case roll < 8:
		programs[seat].kill(t)
		s.moment()
		programs[seat] = s.spawn(t, s.binaries, name)
	case roll < 10:
		if status := programs[seat].terminate(t); status != 0 {
			t.Errorf("%s ended with status %d", name, status)
		}
		programs[seat] = s.spawn(t, s.binaries, name)
	case roll < 13:
		programs[seat].signal(syscall.SIGSTOP)
		s.moment()
		programs[seat].signal(syscall.SIGCONT)
	case roll < 15:
		s.pair.RedisDown(t)
		s.moment()
		s.pair.RedisUp(t)
	case roll < 16:
		s.pair.KafkaDown(t)
		s.moment()
		s.pair.KafkaUp(t)
	case roll < 18:
		outage := outagesOf(s.pair)[len(outagesOf(s.pair))-1] // the freeze
		outage.begin(t)
		s.moment()
		outage.end(t)
	case s.older == "":
		s.older = s.pair.Redis[0].CopyAOF(t)
	default:
		s.pair.Redis[0].RestoreAOF(t, s.older)
		s.older = ""
	}
	s.programs[name] = programs
}

// moment is up to twice a session.
func (s *soak) moment() {
	time.Sleep(time.Duration(s.random.Int64N(int64(2 * s.config.Kafka.SessionTimeout))))
}
