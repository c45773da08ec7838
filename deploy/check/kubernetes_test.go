package check

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/clvstream/clvstream/internal/config"
)

func TestManifestsNamespaces(t *testing.T) {
	for dir, want := range map[string]string{base: "", example: "clvstream"} {
		m := build(t, dir)
		for _, o := range m.objects() {
			if _, isNamespace := o.(*corev1.Namespace); !isNamespace && o.GetNamespace() != want {
				t.Errorf("%s: %s is in namespace %q, want %q", dir, o.GetName(), o.GetNamespace(), want)
			}
		}
		if len(m.deployments) != 2 || len(m.jobs) != 1 || len(m.policies) != 1 || len(m.budgets) != 2 {
			t.Errorf("%s builds %d objects, some of them more or less often than they should", dir, len(m.objects()))
		}
	}
}

// The example's namespace enforces this level; the base has to be fit for it.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	eachWorkload(t, func(t *testing.T, _ manifests, w workload) {
		for _, result := range evaluator.EvaluatePod(restricted, &metav1.ObjectMeta{Labels: w.labels, Annotations: w.marks}, &w.pod) {
			if !result.Allowed {
				t.Errorf("%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
		for _, c := range w.pod.Containers {
			if !*c.SecurityContext.ReadOnlyRootFilesystem {
				t.Error("the root file system can be written")
			}
		}
		// Service links would add variables that begin with CLVSTREAM_.
		if *w.pod.AutomountServiceAccountToken || *w.pod.EnableServiceLinks {
			t.Error("has a token or service links")
		}
	})
}

func TestPodsLoadTheirSettings(t *testing.T) {
	eachWorkload(t, func(t *testing.T, m manifests, w workload) {
		c := w.container(t, m)
		cfg := c.load(t)
		checkPinned(t, c.image)
		for _, v := range w.pod.Containers[0].Env {
			checkNoSecret(t, v.Name, v.Value)
		}
		for _, account := range m.accounts {
			if account.Name != w.pod.ServiceAccountName {
				t.Errorf("runs as %s, which is not there", w.pod.ServiceAccountName)
			}
		}
		checkReachable(t, m.policies[0], slices.Concat(cfg.Kafka.Brokers, cfg.Redis.Addresses))
		switch w.program {
		case "clvstream":
			c.checkWords(t)
		case "consumer":
			checkProgram(t, w, cfg, cfg.Telemetry.ConsumerListen)
		case "publisher":
			checkProgram(t, w, cfg, cfg.Telemetry.PublisherListen)
			if w.replicas > cfg.Publisher.Lanes {
				t.Errorf("%d replicas share %d lanes", w.replicas, cfg.Publisher.Lanes)
			}
		}
	})
}

// checkProgram holds a Deployment to what its program was told.
func checkProgram(t *testing.T, w workload, cfg config.Config, listen string) {
	t.Helper()
	grace := time.Duration(*w.pod.TerminationGracePeriodSeconds) * time.Second
	if grace < cfg.ShutdownTimeout+5*time.Second {
		t.Errorf("killed after %s, but may take %s to stop", grace, cfg.ShutdownTimeout)
	}
	spec := w.pod.Containers[0]
	port := spec.Ports[0]
	if port.Name != "metrics" || ":"+strconv.Itoa(int(port.ContainerPort)) != listen {
		t.Errorf("port is %+v, listens on %s", port, listen)
	}
	for _, probe := range []struct {
		*corev1.Probe
		path string
	}{{spec.ReadinessProbe, "/readyz"}, {spec.LivenessProbe, "/livez"}} {
		if probe.HTTPGet.Path != probe.path || probe.HTTPGet.Port.StrVal != port.Name || probe.TimeoutSeconds < 2 {
			t.Errorf("probes %+v, want %s with a timeout beyond the program's own of 0.9 s", probe.HTTPGet, probe.path)
		}
	}
	scraped := map[string]string{
		"prometheus.io/scrape": "true", "prometheus.io/port": strconv.Itoa(int(port.ContainerPort)), "prometheus.io/path": "/metrics",
	}
	if !maps.Equal(w.marks, scraped) {
		t.Errorf("annotations are %v, want %v", w.marks, scraped)
	}
	checkGoMemory(t, spec.Env[0].Value, spec.Resources.Limits.Memory().Value())
	if spec.Resources.Requests.Cpu().IsZero() || spec.Resources.Requests.Memory().IsZero() {
		t.Error("requests no CPU or no memory")
	}
}

// checkReachable wants the network policy to let a pod out to the addresses.
func checkReachable(t *testing.T, p *networkingv1.NetworkPolicy, addresses []string) {
	t.Helper()
	for _, address := range addresses {
		_, text, _ := strings.Cut(address, ":")
		port, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(p.Spec.Egress, func(rule networkingv1.NetworkPolicyEgressRule) bool {
			return slices.ContainsFunc(rule.Ports, func(open networkingv1.NetworkPolicyPort) bool { return opens(open, port) })
		}) {
			t.Errorf("the network policy keeps pods from %s", address)
		}
	}
}

func opens(open networkingv1.NetworkPolicyPort, port int) bool {
	first := open.Port.IntValue()
	last := first
	if open.EndPort != nil {
		last = int(*open.EndPort)
	}
	return *open.Protocol == corev1.ProtocolTCP && first <= port && port <= last
}

func TestSelectorsFindPods(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		selectors := make(map[string]*metav1.LabelSelector)
		for _, d := range m.deployments {
			selectors["Deployment "+d.Name] = d.Spec.Selector
			for _, spread := range d.Spec.Template.Spec.TopologySpreadConstraints {
				selectors["Spread of "+d.Name+" over "+spread.TopologyKey] = spread.LabelSelector
			}
		}
		for _, b := range m.budgets {
			selectors["PodDisruptionBudget "+b.Name] = b.Spec.Selector
		}
		for name, selector := range selectors {
			if found := selected(t, m, selector); len(found) != 1 || !strings.Contains(name, found[0]) {
				t.Errorf("%s is for the pods of %v", name, found)
			}
		}
		policed := m.policies[0]
		if found := selected(t, m, &policed.Spec.PodSelector); len(found) != len(m.workloads()) {
			t.Errorf("the network policy is for the pods of %v alone", found)
		}
		if port := policed.Spec.Ingress[0].Ports[0].Port.StrVal; port != "metrics" {
			t.Errorf("the network policy lets in to port %q", port)
		}
	})
}

// selected are the workloads whose pods a selector finds.
func selected(t *testing.T, m manifests, selector *metav1.LabelSelector) []string {
	t.Helper()
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range m.workloads() {
		if s.Matches(labels.Set(w.labels)) {
			names = append(names, w.name)
		}
	}
	return names
}

// The example says how to make its Secret; its files must be those that its
// configuration reads, and pods must wait for it.
func TestExampleNamesItsSecrets(t *testing.T) {
	var said []string
	for _, match := range regexp.MustCompile(`--from-file=([\w.-]+)=`).FindAllStringSubmatch(read(t, example+"/kustomization.yaml"), -1) {
		said = append(said, match[1])
	}
	slices.Sort(said)
	m := build(t, example)
	for _, w := range m.workloads() {
		c := w.container(t, m)
		var files []string
		for _, file := range c.secretFiles() {
			files = append(files, strings.TrimPrefix(file, c.secrets[0]+"/"))
		}
		slices.Sort(files)
		if files = slices.Compact(files); !slices.Equal(files, said) {
			t.Errorf("%s reads %v, the Secret holds %v", w.name, files, said)
		}
		for _, volume := range w.pod.Volumes {
			if s := volume.Secret; s != nil && (*s.Optional || *s.DefaultMode != 0o440) {
				t.Errorf("%s starts without its Secret, or lets others read it (%o)", w.name, *s.DefaultMode)
			}
		}
	}
}

// The three programs of one version belong together.
func TestOneVersion(t *testing.T) {
	eachOverlay(t, func(t *testing.T, m manifests) {
		tags := make(map[string]bool)
		for _, w := range m.workloads() {
			_, tag, _ := strings.Cut(w.pod.Containers[0].Image, ":")
			tags[tag] = true
		}
		if len(tags) != 1 {
			t.Errorf("versions are mixed: %v", tags)
		}
	})
}
