package registry

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// fakeRegistry serves the fixtures' schemas by both interfaces, as Apicurio Registry 3.3.3
// answers (TestRealRegistry compares).
type fakeRegistry struct {
	files map[string]*schemaFile

	mu       sync.Mutex
	requests []string
}

func startFake(t testing.TB) (f *fakeRegistry, confluent, apicurio Access) {
	t.Helper()
	f = &fakeRegistry{files: schemaFiles(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ccompat/schemas/ids/{id}", func(w http.ResponseWriter, r *http.Request) {
		// The number is what Apicurio calls contentId.
		f.confluent(w, f.find(r.PathValue("id"), "id", "contentId"))
	})
	mux.HandleFunc("GET /ccompat/schemas/guids/{id}", func(w http.ResponseWriter, r *http.Request) {
		f.confluent(w, f.find(strings.ReplaceAll(r.PathValue("id"), "-", ""), "guid"))
	})
	mux.HandleFunc("GET /ccompat/subjects/{subject}/versions/{version}", func(w http.ResponseWriter, r *http.Request) {
		f.confluent(w, r.PathValue("subject"))
	})
	for numbers, number := range map[string][]string{"contentIds": {"contentId", "id"}, "globalIds": {"globalId"}} {
		mux.HandleFunc("GET /v3/ids/"+numbers+"/{id}", func(w http.ResponseWriter, r *http.Request) {
			f.content(w, f.find(r.PathValue("id"), number...))
		})
		mux.HandleFunc("GET /v3/ids/"+numbers+"/{id}/references", func(w http.ResponseWriter, r *http.Request) {
			f.references(w, f.find(r.PathValue("id"), number...))
		})
	}
	mux.HandleFunc("GET /v3/groups/default/artifacts/{artifact}/versions/{version}/content", func(w http.ResponseWriter, r *http.Request) {
		f.content(w, r.PathValue("artifact"))
	})
	mux.HandleFunc("GET /v3/groups/default/artifacts/{artifact}/versions/{version}/references", func(w http.ResponseWriter, r *http.Request) {
		f.references(w, r.PathValue("artifact"))
	})
	mux.HandleFunc("GET /v3/search/versions", func(w http.ResponseWriter, r *http.Request) {
		file := f.find(r.FormValue("globalId"), "globalId")
		if id := r.FormValue("contentId"); id != "" {
			file = f.find(id, "contentId", "id")
		}
		versions := []map[string]string{}
		if known := f.files[file]; known != nil {
			versions = append(versions, map[string]string{"artifactType": known.kind})
		}
		answer(w, http.StatusOK, map[string]any{"count": len(versions), "versions": versions})
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests = append(f.requests, r.URL.Path)
		f.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return f, Access{URL: server.URL + "/ccompat"}, Access{URL: server.URL + "/v3"}
}

func (f *fakeRegistry) find(id string, numbers ...string) string {
	// A schema may be registered as text and as its descriptor: a real registry then has what
	// was registered, the descriptor.
	found := ""
	for name, file := range f.files {
		for _, number := range numbers {
			if file.has(number, id) && (found == "" || strings.HasSuffix(name, "base64")) {
				found = name
			}
		}
	}
	return found
}

func (f *fakeRegistry) confluent(w http.ResponseWriter, name string) {
	file := f.files[name]
	if file == nil {
		answer(w, http.StatusNotFound, map[string]any{"message": "Schema not found.", "error_code": 40403})
		return
	}
	body := map[string]any{"schema": file.text}
	if file.kind != kindAvro {
		body["schemaType"] = file.kind
	}
	var references []map[string]any
	for i, r := range file.references {
		references = append(references, map[string]any{"name": file.names[i], "subject": r, "version": 1})
	}
	if references != nil {
		body["references"] = references
	}
	answer(w, http.StatusOK, body)
}

func (f *fakeRegistry) content(w http.ResponseWriter, name string) {
	if file := f.files[name]; file != nil {
		_, _ = w.Write([]byte(file.text))
		return
	}
	answer(w, http.StatusNotFound, map[string]any{"status": 404, "name": "ContentNotFoundException"})
}

func (f *fakeRegistry) references(w http.ResponseWriter, name string) {
	references := []map[string]string{}
	if f.files[name] == nil {
		answer(w, http.StatusNotFound, map[string]any{"status": 404, "name": "ArtifactNotFoundException"})
		return
	}
	for i, r := range f.files[name].references {
		references = append(references, map[string]string{"artifactId": r, "version": "1", "name": f.files[name].names[i]})
	}
	answer(w, http.StatusOK, references)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
