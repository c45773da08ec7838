// Package check holds, by its tests alone, what deploy/ and docker-compose.yml
// promise, as far as that can be told without a container engine or a cluster:
//
//	docker-compose.yml ──► compose-go ─────────┐
//	kubernetes/ ──► kustomize, Kubernetes' types ─┼─► config.Load: each container's own settings
//	Dockerfile, .dockerignore ──► BuildKit's parser
//	prometheus/, grafana/ ──► PromQL's parser ──► docs/metrics.md ──► the instruments in the code
//
// It is a module of its own, so that nobody who builds clvstream compiles
// Kubernetes. When the main module's dependencies move, `go mod tidy` here.
package check
