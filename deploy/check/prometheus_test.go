package check

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"

	"github.com/clvstream/clvstream/internal/config"
)

// What is used of Prometheus' configuration; its own package would bring every
// cloud's client along. A key that is not here fails the test.
type (
	prometheusConfig struct {
		Global struct {
			ScrapeInterval     model.Duration `yaml:"scrape_interval"`
			ScrapeTimeout      model.Duration `yaml:"scrape_timeout"`
			EvaluationInterval model.Duration `yaml:"evaluation_interval"`
		} `yaml:"global"`
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName string `yaml:"job_name"`
			DNS     []struct {
				Names           []string       `yaml:"names"`
				Type            string         `yaml:"type"`
				Port            int            `yaml:"port"`
				RefreshInterval model.Duration `yaml:"refresh_interval"`
			} `yaml:"dns_sd_configs"`
		} `yaml:"scrape_configs"`
	}
	ruleFile struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         model.Duration    `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	datasourceFile struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			Editable                     bool
			JSONData                     struct {
				TimeInterval model.Duration `yaml:"timeInterval"`
			} `yaml:"jsonData"`
		}
	}
	providerFile struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type      string
			DisableDeletion bool `yaml:"disableDeletion"`
			AllowUIUpdates  bool `yaml:"allowUiUpdates"`
			Options         struct{ Path string }
		}
	}
)

func strict(t *testing.T, path string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(read(t, path)))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestPrometheusScrapesThePrograms(t *testing.T) {
	var p prometheusConfig
	strict(t, "deploy/prometheus/prometheus.yml", &p)
	defaults := config.Default().Telemetry
	ports := map[string]string{"consumer": defaults.ConsumerListen, "publisher": defaults.PublisherListen}
	services := compose(t, "*").Services
	for _, job := range p.ScrapeConfigs {
		found := job.DNS[0]
		if _, is := services[found.Names[0]]; !is || found.Names[0] != job.JobName || found.Type != "A" {
			t.Errorf("job %s looks for %v", job.JobName, found.Names)
		}
		if ":"+strconv.Itoa(found.Port) != ports[job.JobName] {
			t.Errorf("job %s asks port %d, served on %s", job.JobName, found.Port, ports[job.JobName])
		}
		delete(ports, job.JobName)
	}
	if len(ports) > 0 {
		t.Errorf("nobody scrapes %v", ports)
	}
	if p.Global.ScrapeTimeout >= p.Global.ScrapeInterval {
		t.Errorf("a scrape may take %s, and the next begins after %s", p.Global.ScrapeTimeout, p.Global.ScrapeInterval)
	}
	if !slices.Equal(p.RuleFiles, []string{"alerts.yml"}) {
		t.Errorf("rules are in %v", p.RuleFiles)
	}
}

// pipeline is a template's value piped through a function.
var pipeline = regexp.MustCompile(`\{\{[^}]*\|\s*(\w+)\s*\}\}`)

func TestAlerts(t *testing.T) {
	var rules ruleFile
	strict(t, "deploy/prometheus/alerts.yml", &rules)
	if len(rules.Groups) != 1 || len(rules.Groups[0].Rules) == 0 {
		t.Fatal("there are no alerts")
	}
	for _, rule := range rules.Groups[0].Rules {
		given := checkQuery(t, rule.Expr)
		if severity := rule.Labels["severity"]; severity != "page" && severity != "warn" {
			t.Errorf("%s: severity is %q", rule.Alert, severity)
		}
		for _, wanted := range []string{"summary", "action"} {
			if rule.Annotations[wanted] == "" {
				t.Errorf("%s has no %s", rule.Alert, wanted)
			}
			checkText(t, rule.Annotations[wanted], given)
			for _, match := range pipeline.FindAllStringSubmatch(rule.Annotations[wanted], -1) {
				if match[1] != "humanizeDuration" {
					t.Errorf("%s: is there a function %s?", rule.Alert, match[1])
				}
			}
		}
	}
}

func TestGrafanaIsProvisioned(t *testing.T) {
	var sources datasourceFile
	strict(t, "deploy/grafana/provisioning/datasources/prometheus.yml", &sources)
	project := compose(t, "*")
	source := sources.Datasources[0]
	if host, _ := strings.CutPrefix(source.URL, "http://"); !servedInside(project, host) {
		t.Errorf("no service is reached at %s", source.URL)
	}
	var scraping prometheusConfig
	strict(t, "deploy/prometheus/prometheus.yml", &scraping)
	if source.JSONData.TimeInterval != scraping.Global.ScrapeInterval {
		t.Errorf("Grafana thinks a scrape comes every %s, it comes every %s", source.JSONData.TimeInterval, scraping.Global.ScrapeInterval)
	}
	var providers providerFile
	strict(t, "deploy/grafana/provisioning/dashboards/clvstream.yml", &providers)
	grafana := project.Services["grafana"]
	for _, path := range []string{providers.Providers[0].Options.Path + "/clvstream.json", *grafana.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]} {
		if !mounted(grafana, path) {
			t.Errorf("nothing is mounted at %s", path)
		}
	}
}

// mounted says whether a path in a container is a file of the repository.
func mounted(s types.ServiceConfig, path string) bool {
	for _, volume := range s.Volumes {
		if below, is := strings.CutPrefix(path, volume.Target+"/"); is && volume.Type == types.VolumeTypeBind {
			matches, err := filepath.Glob(filepath.Join(volume.Source, below))
			return err == nil && len(matches) == 1
		}
	}
	return false
}
