package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/clvstream/clvstream/internal/subprocess"
)

// Programs are the three programs' paths.
type Programs struct{ Consumer, Publisher, Tool string }

// ProgramsIn are the programs in a directory.
func ProgramsIn(dir string) Programs {
	return Programs{
		Consumer: filepath.Join(dir, "consumer"), Publisher: filepath.Join(dir, "publisher"), Tool: filepath.Join(dir, "clvstream"),
	}
}

// running are a target's programs at work.
type running struct {
	target    *Target
	dir       string // of their logs
	started   int
	consumers []*subprocess.Process
	publisher *subprocess.Process
}

// begin makes a place for the programs' logs and starts none of them.
func (t *Target) begin() (*running, error) {
	dir, err := os.MkdirTemp("", "clvstream-bench-")
	if err != nil {
		return nil, fmt.Errorf("start the programs: %w", err)
	}
	return &running{target: t, dir: dir}, nil
}

func (r *running) startPublisher() (err error) {
	r.publisher, err = r.start(r.target.Programs.Publisher)
	return err
}

func (r *running) startConsumers() error {
	for range max(1, r.target.Consumers) {
		p, err := r.start(r.target.Programs.Consumer)
		if err != nil {
			return err
		}
		r.consumers = append(r.consumers, p)
	}
	return nil
}

func (r *running) start(program string) (*subprocess.Process, error) {
	r.started++
	environment := append([]string{}, r.target.Environment...)
	argv := append([]string{program}, r.target.arguments()...)
	return subprocess.Start(argv, environment, r.dir, filepath.Join(r.dir, strconv.Itoa(r.started)+"-"+filepath.Base(program)+".log"))
}

// meter names the processes whose use is measured.
func (r *running) meter() Meter {
	m := Meter{}
	for name, pids := range r.target.Servers {
		m[name] = pids
	}
	for _, p := range r.consumers {
		m[ConsumerProcess] = append(m[ConsumerProcess], p.PID)
	}
	if r.publisher != nil {
		m[PublisherProcess] = []int{r.publisher.PID}
	}
	return m
}

// all are the processes that were started and not stopped.
func (r *running) all() []*subprocess.Process {
	all := slices.Clone(r.consumers)
	if r.publisher != nil {
		all = append(all, r.publisher)
	}
	return all
}

// died is an error if a program has ended by itself.
func (r *running) died() error {
	for _, p := range r.all() {
		if !p.Running() {
			return fmt.Errorf("a program ended by itself: %w\n%s", p.Wait(), r.logs())
		}
	}
	return nil
}

// stopConsumers ends the consumers in order.
func (r *running) stopConsumers() (err error) {
	for _, p := range r.consumers {
		p.Signal(syscall.SIGTERM)
	}
	for _, p := range r.consumers {
		err = errors.Join(err, p.Wait())
	}
	r.consumers = nil
	return err
}

// stop ends all programs in order, and forgets their logs if that went well.
func (r *running) stop() error {
	err := r.stopConsumers()
	if r.publisher != nil {
		err = errors.Join(err, r.publisher.Stop())
		r.publisher = nil
	}
	if err != nil {
		return fmt.Errorf("stop the programs: %w\n%s", err, r.logs())
	}
	return nil
}

// end ends whatever still runs at once, and removes the logs.
func (r *running) end() {
	for _, p := range r.all() {
		p.Kill()
	}
	_ = os.RemoveAll(r.dir) // temporary: the system clears it as well
}

// logTailBytes is how much of each program's log an error shows.
const logTailBytes = 2048

// logs are the ends of the programs' logs.
func (r *running) logs() string {
	names, _ := filepath.Glob(filepath.Join(r.dir, "*.log"))
	text := ""
	for _, name := range names {
		log, _ := os.ReadFile(name)
		text += fmt.Sprintf("end of the log of %s:\n%s\n", filepath.Base(name), log[max(0, len(log)-logTailBytes):])
	}
	return text
}
