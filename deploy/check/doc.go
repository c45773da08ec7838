// Package check only has tests. They check deploy/ and docker-compose.yml as far as
// that is possible without a container engine or a cluster:
//
//	docker-compose.yml ──► compose-go ─────────┐
//	kubernetes/ ──► kustomize, Kubernetes' types ─┼─► config.Load: each container's own settings
//	Dockerfile, .dockerignore ──► BuildKit's parser
//	prometheus/, grafana/ ──► PromQL's parser ──► docs/metrics.md ──► the instruments in the code
//
// It is a module of its own, so that building clvstream does not compile Kubernetes.
// When the main module's dependencies change, run `go mod tidy` here.
package check
