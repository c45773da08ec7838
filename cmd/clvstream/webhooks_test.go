package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clvstream/clvstream/internal/cli"
	"github.com/clvstream/clvstream/internal/demo"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// What cannot be used of a webhook is said before a deployment, and no secret is shown.
func TestConfigTellsOfWebhooks(t *testing.T) {
	t.Setenv("CRM_SECRET", webhookSecret)
	t.Setenv("BAD_SECRET", "hunter2")
	for webhooks, want := range map[string]string{
		"{name: crm, url: 'https://crm.example.com/', secrets: ['env:NO_SECRET']}":                                     "read secret env:NO_SECRET of webhook crm: the variable is not set",
		"{name: crm, url: 'https://crm.example.com/', secrets: ['env:CRM_SECRET', 'env:BAD_SECRET']}":                  "secret env:BAD_SECRET of webhook crm: it begins with neither whsec_ nor whsk_",
		"{name: crm, url: 'https://10.1.2.3/', secrets: ['env:CRM_SECRET']}":                                           "url of webhook crm: 10.1.2.3 is a private address",
		"{name: crm, url: 'https://[::1]/', secrets: ['env:CRM_SECRET']}":                                              "::1 is a loopback address",
		"{name: crm, url: 'https://crm.example.com/', secrets: ['env:CRM_SECRET'], allow_internal: [erp.example.com]}": "not the host of the URL",
		"{name: crm, url: 'http://crm.example.com/', secrets: ['env:CRM_SECRET']}":                                     "set allow_http: true",
		"{name: crm, audience: vip, url: 'https://crm.example.com/', secrets: ['env:CRM_SECRET']}":                     `there is no audience "vip"`,
	} {
		out, errs, status := command(t, "config", "--set", "webhooks=["+webhooks+"]")
		if status != cli.StatusUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", webhooks, status, want, errs)
		}
		if strings.Contains(out+errs, "hunter2") || strings.Contains(out+errs, webhookSecret) {
			t.Errorf("a secret is shown: %s%s", out, errs)
		}
	}
	out, errs, status := command(t, "config", "--set", "webhooks=[{name: crm, url: 'https://crm.example.com/', secrets: ['env:CRM_SECRET']}]")
	if status != 0 || !strings.Contains(out, "webhooks: [{name: crm") || strings.Contains(out, webhookSecret) {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
}

// The commands say what they do, in text and in JSON.
func TestWebhookCommands(t *testing.T) {
	t.Setenv("CRM_SECRET", webhookSecret)
	answer := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answer)
		fmt.Fprint(w, "said \"so\"\x1b")
	}))
	t.Cleanup(receiver.Close)
	servers, err := demo.StartServers()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(servers.Close)
	on := []string{"--brokers", strings.Join(servers.Brokers(), ","), "--set", fmt.Sprintf(
		"webhooks=[{name: crm, url: '%s/', secrets: ['env:CRM_SECRET'], allow_http: true, allow_internal: [127.0.0.1]}]", receiver.URL)}
	for _, step := range []struct {
		args   string
		answer int
		status int
		want   string
	}{
		{"topics create", 200, 0, "clv.webhook.crm.dead"},
		{"topics check", 200, 0, "clv.webhooks"},
		{"webhooks", 200, 0, "not started"},
		{"webhooks --json", 200, 0, `"state": "not started"`},
		{"webhooks test crm", 200, 0, `delivered: status 200`},
		{"webhooks test crm", 200, 0, `answer: "said \"so\"\x1b"`},
		{"webhooks test crm", 503, 1, "overloaded: status 503"},
		{"webhooks test crm --json", 410, 1, `"outcome": "gone"`},
		{"webhooks test erp", 200, 2, `there is no webhook "erp": choose one of crm`},
		{"webhooks enable crm", 200, 1, "no publisher has run with it yet"},
		{"webhooks disable erp", 200, 2, `there is no webhook "erp"`},
		{"webhooks replay crm", 200, 0, "gave 0 changes to the publishers"},
		{"webhooks replay crm --since yesterday", 200, 2, `--since "yesterday" is no time`},
		{"webhooks replay", 200, 2, "wants one argument"},
		{"webhooks rplay", 200, 2, "did you mean replay?"},
	} {
		answer = step.answer
		out, errs, status := command(t, append(strings.Fields(step.args), on...)...)
		if status != step.status || !strings.Contains(out+errs, step.want) {
			t.Errorf("%s: status %d, want %d and %q: %s%s", step.args, status, step.status, step.want, out, errs)
		}
	}
	if out, _, status := command(t, "webhooks", "--brokers", strings.Join(servers.Brokers(), ",")); status != 0 || out != "no webhook is configured\n" {
		t.Errorf("without webhooks: status %d, %q", status, out)
	}
}
