package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/twmb/franz-go/pkg/sr"
)

// ErrSchemaRefused says that a registry does not take a schema: asking again is of no use.
var ErrSchemaRefused = errors.New("the schema registry refuses the schema")

// Writer registers the schemas of what is written.
type Writer struct{ client *client }

// NewWriter asks no question yet.
func NewWriter(access Access) (*Writer, error) {
	c, err := newClient(access)
	if err != nil {
		return nil, err
	}
	return &Writer{c}, nil
}

// Register has the id of an Avro schema in a subject. One that is there already is left as it is.
// It waits for a registry that is away, as readers do, and ends where the schema is refused.
func (w *Writer) Register(ctx context.Context, subject string, schema []byte) (id uint32, err error) {
	for said := ""; ; {
		id, err = w.register(ctx, subject, schema)
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrSchemaRefused) {
			return id, err
		}
		if err.Error() != said {
			slog.WarnContext(ctx, "waiting for the schema registry", "error", err)
			said = err.Error()
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", context.Cause(ctx), err) // why it waited tells more
		case <-time.After(pause):
		}
	}
}

// pause is how long a registry that is away is left alone.
const pause = time.Second

func (w *Writer) register(ctx context.Context, subject string, schema []byte) (id uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, w.client.timeout)
	defer cancel()
	asking, err := sr.NewClient(sr.URLs(w.client.access.URL), sr.HTTPClient(&http.Client{
		Transport:     signing{w.client},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // who asks is for the registry alone
	}))
	if err != nil {
		return 0, fmt.Errorf("register the schema of %s: %w", subject, err)
	}
	given, err := asking.RegisterSchema(ctx, subject, sr.Schema{Schema: string(schema), Type: sr.TypeAvro}, -1, -1)
	if err != nil {
		return 0, fmt.Errorf("register the schema of %s at %s: %w", subject, w.client.base.Redacted(), explained(err))
	}
	if given <= 0 || given > math.MaxInt32 {
		return 0, fmt.Errorf("register the schema of %s: %w", subject, unfitAnswer(fmt.Errorf("its id is %d", given)))
	}
	return uint32(given), nil
}

// explained says what an answer means.
func explained(err error) error {
	var answer *sr.ResponseError
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.StatusCode {
	case http.StatusConflict, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s", ErrSchemaRefused, answer.Message)
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("it answers %d: see registry.username, password_file, token_file", answer.StatusCode)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return fmt.Errorf("it answers %d: is registry.url the Confluent-compatible interface (of Apicurio Registry http://HOST/apis/ccompat/v7)?", answer.StatusCode)
	default:
		return fmt.Errorf("it answers %d: %s", answer.StatusCode, answer.Message)
	}
}

// signing says who asks, by what is in the files at that moment.
type signing struct{ client *client }

// RoundTrip implements http.RoundTripper.
func (s signing) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if err := s.client.sign(request); err != nil {
		return nil, err
	}
	return s.client.http.Transport.RoundTrip(request)
}
