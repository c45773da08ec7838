package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// confluentAnswer is a schema as the Confluent-compatible interface gives it.
type confluentAnswer struct {
	Schema     *string `json:"schema"`
	Kind       string  `json:"schemaType"` // absent: Avro
	References []struct {
		Name    string `json:"name"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
	} `json:"references"`
}

func (c *client) confluentSchema(ctx context.Context, id schemaID) (document, error) {
	if id.number == GUID {
		return c.confluent(ctx, "", "schemas", "guids", id.text())
	}
	return c.confluent(ctx, "", "schemas", "ids", id.text())
}

func (c *client) confluentReference(ctx context.Context, r reference) (document, error) {
	return c.confluent(ctx, "deleted=true", r.address...) // what is deleted softly is still referred to
}

func (c *client) confluent(ctx context.Context, query string, path ...string) (d document, err error) {
	body, err := c.get(ctx, query, path...)
	if err != nil {
		return d, err
	}
	var answer confluentAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		return d, unfitAnswer(err)
	}
	if answer.Schema == nil {
		return d, unfitAnswer(errors.New("it has no schema"))
	}
	if len(*answer.Schema) > maxSchemaBytes {
		return d, fmt.Errorf("%w: it has more than %d bytes", errUnfit, maxSchemaBytes)
	}
	d = document{kind: answer.Kind, text: []byte(*answer.Schema)}
	if d.kind == "" {
		d.kind = kindAvro
	}
	for _, r := range answer.References {
		d.references = append(d.references, reference{r.Name, []string{"subjects", r.Subject, "versions", strconv.Itoa(r.Version)}})
	}
	return d, nil
}
