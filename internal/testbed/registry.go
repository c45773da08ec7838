package testbed

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// RegistryVersion and registryJava are what the install script fetches.
const (
	RegistryVersion = "3.3.3"
	registryJava    = "21.0.8.2"
)

// Registry is an Apicurio Registry with nothing in it, which keeps what it is given in memory.
type Registry struct{ *Server }

// StartRegistry starts a schema registry for this test.
func StartRegistry(t testing.TB) *Registry {
	t.Helper()
	skipShort(t)
	r, err := newRegistry(t.TempDir())
	need(t, err)
	r.endWith(t)
	r.Start(t)
	return r
}

// Confluent is the address of the interface that is compatible with Confluent's registry.
func (r *Registry) Confluent() string { return "http://" + r.Addr + "/apis/ccompat/v7" }

// Apicurio is the address of its own interface.
func (r *Registry) Apicurio() string { return "http://" + r.Addr + "/apis/registry/v3" }

func newRegistry(dir string) (*Registry, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find schema registry: %w", err)
	}
	home := filepath.Join(cache, "clvstream", "registry-"+RegistryVersion+"-java-"+registryJava)
	if _, err := os.Stat(filepath.Join(home, "complete")); err != nil {
		return nil, &missingError{part: "registry", want: "Apicurio Registry " + RegistryVersion}
	}
	serve, err := reservePort()
	if err != nil {
		return nil, err
	}
	manage, err := reservePort()
	if err != nil {
		return nil, err
	}
	r := &Registry{&Server{Addr: serve.addr(), Dir: dir, name: "Apicurio Registry", ports: []*port{serve, manage}}}
	r.argv = []string{
		filepath.Join(home, "java", "bin", "java"), "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // up in half the time
		"-XX:-UsePerfData", "-Djava.io.tmpdir=" + dir,
		"-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=" + strconv.Itoa(serve.number),
		"-Dquarkus.management.host=127.0.0.1", "-Dquarkus.management.port=" + strconv.Itoa(manage.number),
		"-jar", filepath.Join(home, "app", "quarkus-run.jar"),
	}
	r.ready = r.answers
	return r, nil
}

// answers asks the registry what it is.
func (r *Registry) answers(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Apicurio()+"/system/info", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the schema registry what it is: %s", response.Status)
	}
	return nil
}
