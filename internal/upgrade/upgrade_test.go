package upgrade

import (
	"os"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/testbed"
)

// Programs of one version are replaced by those of the other, one by one, while
// orders, refunds and churn come in and due times are fired: an upgrade, and its
// rollback. What they leave is what the log gives, and what both read.
func TestVersionsWorkSideBySide(t *testing.T) {
	pair := testbed.RealPair(t)
	commit, err := os.ReadFile("VERSION_BEFORE")
	if err != nil {
		t.Fatal(err)
	}
	before := testbed.BuildProgramsOf(t, strings.TrimSpace(string(commit)))
	now, after := testbed.BuildPrograms(t), buildVersionAfter(t)
	for _, test := range []struct {
		name, first, then string
		stored            func(*system, *testing.T)
	}{
		{"upgrade", before, now, (*system).wantKnownLayouts},
		{"rollback", now, before, (*system).wantKnownLayouts},
		{"rollback of the next upgrade", after, now, (*system).wantExtensions},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // they wait for groups to rebalance, most of the time
			s := newSystem(t, pair)
			s.replace(t, test.first, test.then, func() { test.stored(s, t) })
		})
	}
}

// replace lets two consumers and two publishers of one version go, one after the
// other, each after one of the other version has come. All combinations of versions
// work together on the way, and what they store is looked at.
func (s *system) replace(t *testing.T, first, then string, look func()) {
	steps := []string{"consumer", "publisher", "publisher", "consumer"}
	leave := map[string][]func(){}
	for _, program := range steps {
		leave[program] = append(leave[program], s.run(t, first, program))
	}
	feed := s.feed(t)
	s.works(t, 2, 2)
	var last []func()
	for _, program := range steps {
		last = append(last, s.run(t, then, program))
		consumers, publishers := 2, 2
		if program == "consumer" {
			consumers++
		} else {
			publishers++
		}
		s.works(t, consumers, publishers)
		look()
		leave[program][0]()
		leave[program] = leave[program][1:]
		s.works(t, 2, 2)
	}
	feed.end(t)
	s.settle(t)
	report := s.verify(t)
	t.Log(report)
	if report.DueChanges == 0 || report.Changes == report.DueChanges {
		t.Errorf("%d changes, %d of due times: the traffic was too tame", report.Changes, report.DueChanges)
	}
	for _, stop := range last {
		stop()
	}
	look()
}
