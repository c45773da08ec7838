package process

import (
	"os/exec"
	"strings"
	"testing"
)

// TestToolLinksNoExporter keeps the time to compile the demo down: exporters
// cost more of it than all else.
func TestToolLinksNoExporter(t *testing.T) {
	const module = "github.com/clvstream/clvstream"
	linked, err := exec.Command("go", "list", "-deps", module+"/cmd/clvstream").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, linked)
	}
	for _, heavy := range []string{module + "/internal/telemetry", "go.opentelemetry.io/otel/sdk/metric", "github.com/prometheus/client_golang/prometheus"} {
		if strings.Contains(string(linked), heavy+"\n") {
			t.Errorf("cmd/clvstream links %s", heavy)
		}
	}
}
