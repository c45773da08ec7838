package registry

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Access is how a registry is reached.
type Access struct {
	// URL is the interface that knows the numbers of the records: for id and guid the
	// Confluent-compatible one (of Apicurio Registry http://HOST/apis/ccompat/v7), for
	// contentId and globalId http://HOST/apis/registry/v3.
	URL string
	// Username and PasswordFile, or TokenFile: who asks. Files are read at each question, so
	// that what is in them may change.
	Username, PasswordFile, TokenFile string
	TLS                               *tls.Config   // nil: what the system trusts
	Timeout                           time.Duration // of one question; 0: DefaultTimeout
}

// DefaultTimeout is how long an answer may take. Schemas are small and registries quick.
const DefaultTimeout = 10 * time.Second

// idleTimeout closes connections before a registry does: schemas are seldom asked for.
const idleTimeout = 30 * time.Second

type client struct {
	base    *url.URL
	access  Access
	http    *http.Client
	timeout time.Duration
}

func newClient(a Access) (*client, error) {
	base, err := url.Parse(a.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" {
		return nil, errors.New("url: want http:// or https:// with the path of the registry's interface, without a name, a password or a query")
	}
	if (a.Username == "") != (a.PasswordFile == "") {
		return nil, errors.New("username and password_file: give both or none")
	}
	if a.TokenFile != "" && a.Username != "" {
		return nil, errors.New("token_file: give it or a username, not both")
	}
	c := &client{base: base, access: a, timeout: a.Timeout}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	c.http = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: a.TLS, ForceAttemptHTTP2: true,
		IdleConnTimeout: idleTimeout, TLSHandshakeTimeout: c.timeout, MaxResponseHeaderBytes: 64 << 10,
	}}
	return c, nil
}

// get asks for what stands at a path below the interface.
func (c *client) get(ctx context.Context, query string, path ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	escaped := make([]string, len(path))
	for i, part := range path {
		escaped[i] = url.PathEscape(part)
	}
	at := c.base.JoinPath(escaped...)
	at.RawQuery = query
	body, err := c.exchange(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("ask schema registry at %s: %w", at.Redacted(), err)
	}
	return body, nil
}

func (c *client) exchange(ctx context.Context, at *url.URL) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json, */*")
	if err := c.sign(request); err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		var asked *url.Error
		if errors.As(err, &asked) {
			err = asked.Err // the address is said already
		}
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound && lacks(body):
		return nil, errUnknown
	case response.StatusCode == http.StatusNotFound:
		return nil, errors.New("it answers 404, and not as a registry that lacks a schema does: is url the interface that knows this number?")
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return nil, fmt.Errorf("it answers %s: see username, password_file, token_file", response.Status)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answers %s", response.Status)
	case len(body) > maxAnswerBytes:
		return nil, fmt.Errorf("%w: it has more than %d bytes", errUnfit, maxSchemaBytes)
	}
	return body, nil
}

// maxAnswerBytes leaves room for a schema's text in JSON, where quotes are escaped.
const maxAnswerBytes = 2 * maxSchemaBytes

// notThere are the names and codes by which registries say that they lack something. A proxy's
// or another program's 404 has none of them: then nothing is known.
var (
	notThere      = []string{"ContentNotFoundException", "VersionNotFoundException", "ArtifactNotFoundException", "GroupNotFoundException"}
	notThereCodes = []int{40401, 40402, 40403} // subject, version, schema
)

// lacks reports whether a registry says that it has no such thing.
func lacks(body []byte) bool {
	var answer struct {
		Code int    `json:"error_code"`
		Name string `json:"name"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return false
	}
	return slices.Contains(notThereCodes, answer.Code) || slices.Contains(notThere, answer.Name)
}

// sign says who asks.
func (c *client) sign(request *http.Request) error {
	switch {
	case c.access.TokenFile != "":
		token, err := secret(c.access.TokenFile)
		if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	case c.access.Username != "":
		password, err := secret(c.access.PasswordFile)
		if err != nil {
			return fmt.Errorf("read password: %w", err)
		}
		request.SetBasicAuth(c.access.Username, password)
	}
	return nil
}

// secret reads a file that ends with a newline or not.
func secret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// unfitAnswer says that a registry's answer is not what its interface has.
func unfitAnswer(err error) error {
	return fmt.Errorf("read the schema registry's answer: %w: is url the interface that knows this number?", err)
}
