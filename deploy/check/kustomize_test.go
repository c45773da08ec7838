package check

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

const (
	base    = "deploy/kubernetes/base"
	example = "deploy/kubernetes/overlays/example"
)

// manifests is what a kustomization builds, in Kubernetes' own types.
type manifests struct {
	namespaces  []*corev1.Namespace
	accounts    []*corev1.ServiceAccount
	configs     []*corev1.ConfigMap
	deployments []*appsv1.Deployment
	jobs        []*batchv1.Job
	budgets     []*policyv1.PodDisruptionBudget
	policies    []*networkingv1.NetworkPolicy
}

// objects are all of them.
func (m manifests) objects() []metav1.Object {
	var all []metav1.Object
	all = appendObjects(all, m.namespaces)
	all = appendObjects(all, m.accounts)
	all = appendObjects(all, m.configs)
	all = appendObjects(all, m.deployments)
	all = appendObjects(all, m.jobs)
	all = appendObjects(all, m.budgets)
	return appendObjects(all, m.policies)
}

func appendObjects[O metav1.Object](all []metav1.Object, some []O) []metav1.Object {
	for _, o := range some {
		all = append(all, o)
	}
	return all
}

// build runs kustomize and decodes strictly: a field that Kubernetes does not
// know, or a kind that is not expected here, fails the test.
func build(t *testing.T, dir string) manifests {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), root+"/"+dir)
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	for _, resource := range built.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		switch kind := resource.GetApiVersion() + " " + resource.GetKind(); kind {
		case "v1 Namespace":
			m.namespaces = decode(t, text, m.namespaces)
		case "v1 ServiceAccount":
			m.accounts = decode(t, text, m.accounts)
		case "v1 ConfigMap":
			m.configs = decode(t, text, m.configs)
		case "apps/v1 Deployment":
			m.deployments = decode(t, text, m.deployments)
		case "batch/v1 Job":
			m.jobs = decode(t, text, m.jobs)
		case "policy/v1 PodDisruptionBudget":
			m.budgets = decode(t, text, m.budgets)
		case "networking.k8s.io/v1 NetworkPolicy":
			m.policies = decode(t, text, m.policies)
		default:
			t.Errorf("%s: nobody expects a %s", dir, kind)
		}
	}
	return m
}

func decode[O any](t *testing.T, text []byte, into []*O) []*O {
	t.Helper()
	o := new(O)
	if err := yaml.UnmarshalStrict(text, o); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	return append(into, o)
}

// eachOverlay runs a test for the base and the example.
func eachOverlay(t *testing.T, run func(t *testing.T, m manifests)) {
	t.Helper()
	for _, dir := range []string{base, example} {
		t.Run(dir, func(t *testing.T) { run(t, build(t, dir)) })
	}
}

// workload is a pod template and who owns it.
type workload struct {
	name     string
	program  string
	replicas int
	labels   map[string]string
	marks    map[string]string // annotations
	pod      corev1.PodSpec
}

func (m manifests) workloads() []workload {
	var all []workload
	for _, d := range m.deployments {
		all = append(all, newWorkload(d.Name, int(*d.Spec.Replicas), d.Spec.Template))
	}
	for _, j := range m.jobs {
		all = append(all, newWorkload(j.Name, 1, j.Spec.Template))
	}
	return all
}

func newWorkload(name string, replicas int, template corev1.PodTemplateSpec) workload {
	made, _ := program(template.Spec.Containers[0].Image)
	return workload{
		name: name, program: made, replicas: replicas,
		labels: template.Labels, marks: template.Annotations, pod: template.Spec,
	}
}

// eachWorkload runs a test for every pod template of every overlay.
func eachWorkload(t *testing.T, run func(t *testing.T, m manifests, w workload)) {
	t.Helper()
	eachOverlay(t, func(t *testing.T, m manifests) {
		for _, w := range m.workloads() {
			t.Run(w.name, func(t *testing.T) { run(t, m, w) })
		}
	})
}

// container is the workload's program as Kubernetes would start it.
func (w workload) container(t *testing.T, m manifests) container {
	t.Helper()
	spec := w.pod.Containers[0]
	c := container{image: spec.Image, args: spec.Args, files: make(map[string]string)}
	for _, v := range spec.Env {
		c.env = append(c.env, v.Name+"="+v.Value)
	}
	for _, mount := range spec.VolumeMounts {
		for _, volume := range w.pod.Volumes {
			switch {
			case volume.Name != mount.Name:
			case volume.Secret != nil:
				c.secrets = append(c.secrets, mount.MountPath)
			case volume.ConfigMap != nil:
				for name, content := range m.config(t, volume.ConfigMap.Name).Data {
					c.files[mount.MountPath+"/"+name] = content
				}
			}
		}
	}
	return c
}

func (m manifests) config(t *testing.T, name string) *corev1.ConfigMap {
	t.Helper()
	for _, c := range m.configs {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no ConfigMap %s", name)
	return nil
}
