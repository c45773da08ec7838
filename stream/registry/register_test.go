package registry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answering is a registry that gives one answer after the other, and then the last one again.
func answering(t *testing.T, answers ...answerOf) (Access, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answers[min(int(asked.Add(1)), len(answers))-1]
		var given struct{ Schema, SchemaType string }
		if err := json.NewDecoder(r.Body).Decode(&given); err != nil || r.Method != http.MethodPost || r.URL.Path != "/subjects/clv.current-value/versions" ||
			given.Schema != `"long"` || given.SchemaType != "" && given.SchemaType != "AVRO" {
			t.Errorf("%s %s: %+v %v", r.Method, r.URL.Path, given, err)
		}
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.body))
	}))
	t.Cleanup(server.Close)
	return Access{URL: server.URL}, &asked
}

type answerOf struct {
	status int
	body   string
}

func register(ctx context.Context, t *testing.T, access Access) (uint32, error) {
	t.Helper()
	w, err := NewWriter(access)
	if err != nil {
		t.Fatal(err)
	}
	return w.Register(ctx, "clv.current-value", []byte(`"long"`))
}

// A registry that is away, or answers as none does, is asked again until it gives an id.
func TestRegisterWaitsForTheRegistry(t *testing.T) {
	t.Parallel()
	access, asked := answering(t, answerOf{503, ""}, answerOf{200, "<html>"}, answerOf{200, `{"id":41}`})
	if id, err := register(t.Context(), t, access); id != 41 || err != nil || asked.Load() != 3 {
		t.Errorf("%d after %d questions: %v", id, asked.Load(), err)
	}
}

// A schema that is refused is not offered again, and what the registry says is said.
func TestRegisterEndsWhereTheSchemaIsRefused(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusConflict, http.StatusUnprocessableEntity} {
		access, asked := answering(t, answerOf{status, `{"error_code":409,"message":"reader field missing default"}`})
		_, err := register(t.Context(), t, access)
		if !errors.Is(err, ErrSchemaRefused) || !strings.Contains(err.Error(), "missing default") || !strings.Contains(err.Error(), "clv.current-value") || asked.Load() != 1 {
			t.Errorf("%d after %d questions: %v", status, asked.Load(), err)
		}
	}
}

// What is tried again says why, once the caller has lost patience.
func TestRegisterSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer answerOf
		says   string
	}{
		"who are you":     {answerOf{401, ""}, "registry.username"},
		"another path":    {answerOf{404, ""}, "registry.url"},
		"a page of login": {answerOf{302, ""}, "302"},
		"no id":           {answerOf{200, `{}`}, "its id is 0"},
		"overloaded":      {answerOf{500, `{"message":"later"}`}, "later"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		access, _ := answering(t, c.answer)
		if _, err := register(ctx, t, access); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

// Who asks is said to the registry, by what the file holds at that moment, and to no other host.
func TestRegisterSigns(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host is asked") }))
	defer elsewhere.Close()
	var said atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said.Store(r.Header.Get("Authorization"))
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := register(ctx, t, Access{URL: server.URL, TokenFile: token}); err == nil || said.Load() != "Bearer t1" {
		t.Error(said.Load(), err)
	}
}
