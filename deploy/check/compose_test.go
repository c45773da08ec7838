package check

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestComposeImages(t *testing.T) {
	eachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if s.Build == nil {
			checkPinned(t, s.Image)
			return
		}
		// Somebody else's image of that name must not be pulled.
		if s.PullPolicy != types.PullPolicyBuild {
			t.Errorf("pull_policy is %q, want build", s.PullPolicy)
		}
		if name, _ := program(s.Image); s.Build.Target != name {
			t.Errorf("image %s is built from target %s", s.Image, s.Build.Target)
		}
		if _, found := stages(t)[s.Build.Target]; !found {
			t.Errorf("the Dockerfile has no target %s", s.Build.Target)
		}
	})
}

func TestComposeConfinesServices(t *testing.T) {
	eachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		if s.User == "" || s.User == "root" || strings.HasPrefix(s.User, "0") {
			t.Errorf("user is %q", s.User)
		}
		if s.Privileged || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Error("may have privileges")
		}
		if s.Deploy == nil || s.Deploy.Resources.Limits == nil || s.Deploy.Resources.Limits.MemoryBytes == 0 || s.Deploy.Resources.Limits.NanoCPUs == 0 {
			t.Error("has no limit on memory or CPU")
		}
		if s.Restart == "" || s.Logging == nil || s.Logging.Options["max-size"] == "" {
			t.Error("has no restart policy, or a log without bound")
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("port %s is open to other machines", port.Published)
			}
		}
		for name, value := range s.Environment {
			if value != nil {
				checkNoSecret(t, name, *value)
			}
		}
	})
}

// A service without a health check is a job: it ends by itself, and whoever
// depends on it waits for that.
func TestComposeWaitsForHealth(t *testing.T) {
	eachService(t, func(t *testing.T, p *types.Project, s types.ServiceConfig) {
		job := s.HealthCheck == nil || s.HealthCheck.Disable
		if job && s.Restart != types.RestartPolicyNo && !strings.HasPrefix(s.Restart, types.RestartPolicyOnFailure) {
			t.Errorf("has no health check, and is restarted %s", s.Restart)
		}
		for name, dependency := range s.DependsOn {
			on, want := p.Services[name], types.ServiceConditionHealthy
			if on.HealthCheck == nil || on.HealthCheck.Disable {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if dependency.Condition != want {
				t.Errorf("waits until %s is %s, want %s", name, dependency.Condition, want)
			}
			if optional := name == "redis" || name == "valkey"; dependency.Required == optional {
				t.Errorf("requires %s: %v", name, dependency.Required)
			}
		}
	})
}

func TestComposeMounts(t *testing.T) {
	used := make(map[string]bool)
	eachService(t, func(t *testing.T, _ *types.Project, s types.ServiceConfig) {
		for _, volume := range s.Volumes {
			used[volume.Source] = true
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil || !volume.ReadOnly {
				t.Errorf("%s is not there, or not mounted read-only: %v", volume.Source, err)
			}
		}
	})
	for name := range compose(t, "*").Volumes {
		if !used[name] {
			t.Errorf("nobody uses volume %s", name)
		}
	}
}

// Both stores answer to one name; that they want one port of the host keeps the
// second from starting.
func TestComposeRunsOneStore(t *testing.T) {
	services := compose(t, "*").Services
	redis, valkey := services["redis"], services["valkey"]
	for _, s := range []types.ServiceConfig{redis, valkey} {
		if !slices.Equal(s.Networks["default"].Aliases, []string{"store"}) {
			t.Errorf("%s is called %v", s.Name, s.Networks["default"].Aliases)
		}
	}
	if redis.Ports[0].Published != valkey.Ports[0].Published {
		t.Errorf("ports differ: %v, %v", redis.Ports[0], valkey.Ports[0])
	}
	if !slices.Equal(redis.Command, valkey.Command) {
		t.Errorf("settings differ: %v, %v", redis.Command, valkey.Command)
	}
	options := strings.Join(redis.Command, " ")
	for _, wanted := range []string{"--appendonly yes", "--maxmemory-policy noeviction", "--auto-aof-rewrite-min-size 1gb"} {
		if !strings.Contains(options, wanted) {
			t.Errorf("the store is not started with %s", wanted)
		}
	}
	maxMemory, err := strconv.Atoi(strings.TrimSuffix(redis.Command[slices.Index(redis.Command, "--maxmemory")+1], "gb"))
	if limit := int64(redis.Deploy.Resources.Limits.MemoryBytes); err != nil || int64(maxMemory)<<31 > limit {
		t.Errorf("maxmemory %d GB, limit %d: a rewrite may need twice maxmemory (%v)", maxMemory, limit, err)
	}
}

func TestComposeProgramsLoadTheirSettings(t *testing.T) {
	eachService(t, func(t *testing.T, p *types.Project, s types.ServiceConfig) {
		name, ours := program(s.Image)
		if !ours {
			return
		}
		c := serviceContainer(s)
		cfg := c.load(t)
		for _, address := range slices.Concat(cfg.Kafka.Brokers, cfg.Redis.Addresses) {
			if !servedInside(p, address) {
				t.Errorf("no service is reached at %s", address)
			}
		}
		if name == "clvstream" {
			c.checkWords(t)
			return
		}
		if grace := time.Duration(*s.StopGracePeriod); grace < cfg.ShutdownTimeout+5*time.Second {
			t.Errorf("killed after %s, but may take %s to stop", grace, cfg.ShutdownTimeout)
		}
		listen := map[string]string{"consumer": cfg.Telemetry.ConsumerListen, "publisher": cfg.Telemetry.PublisherListen}[name]
		if url := s.HealthCheck.Test[len(s.HealthCheck.Test)-1]; url != "http://127.0.0.1"+listen+"/readyz" {
			t.Errorf("health is asked of %s, and served on %s", url, listen)
		}
		checkGoMemory(t, *s.Environment["GOMEMLIMIT"], int64(s.Deploy.Resources.Limits.MemoryBytes))
	})
}

// servedInside says whether an address is a service's, by its name or an alias,
// at a port that it listens on.
func servedInside(p *types.Project, address string) bool {
	host, port, _ := strings.Cut(address, ":")
	for _, s := range p.Services {
		names := []string{s.Name}
		if network := s.Networks["default"]; network != nil {
			names = append(names, network.Aliases...)
		}
		if !slices.Contains(names, host) {
			continue
		}
		if advertised := s.Environment["KAFKA_ADVERTISED_LISTENERS"]; advertised != nil {
			return strings.Contains(*advertised, "://"+address)
		}
		return slices.ContainsFunc(s.Ports, func(published types.ServicePortConfig) bool {
			return strconv.Itoa(int(published.Target)) == port
		})
	}
	return false
}

// checkGoMemory wants the collector to work harder before the kernel kills.
func checkGoMemory(t *testing.T, limit string, killedAt int64) {
	t.Helper()
	soft, err := resource.ParseQuantity(strings.TrimSuffix(limit, "B"))
	if err != nil {
		t.Fatalf("GOMEMLIMIT: %v", err)
	}
	if share := float64(soft.Value()) / float64(killedAt); share < 0.7 || share > 0.95 {
		t.Errorf("GOMEMLIMIT is %.0f %% of the memory limit, want 70 to 95", 100*share)
	}
}
