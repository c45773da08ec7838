package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
)

// apicurioReferences are what a schema refers to, as Apicurio Registry 3 gives it.
type apicurioReferences []struct {
	Name     string `json:"name"`
	Group    string `json:"groupId"` // absent: default
	Artifact string `json:"artifactId"`
	Version  string `json:"version"`
}

// apicurioSchema asks for a text, its kind and its references: three questions.
func (c *client) apicurioSchema(ctx context.Context, id schemaID) (d document, err error) {
	numbers := string(id.number) + "s"
	if d.text, err = c.get(ctx, "", "ids", numbers, id.text()); err != nil {
		return d, err
	}
	if d.references, err = c.apicurioReferences(ctx, "ids", numbers, id.text(), "references"); err != nil {
		return d, err
	}
	if d.kind, err = c.apicurioKind(ctx, id); err != nil {
		return d, err
	}
	return d, fits(d.text)
}

// apicurioReference asks for a text that is referred to, and for what that refers to.
func (c *client) apicurioReference(ctx context.Context, r reference) (d document, err error) {
	at := func(what string) []string { return append(r.address[:len(r.address):len(r.address)], what) }
	if d.text, err = c.get(ctx, "", at("content")...); err != nil {
		return d, err
	}
	if d.references, err = c.apicurioReferences(ctx, at("references")...); err != nil {
		return d, err
	}
	return d, fits(d.text)
}

func fits(text []byte) error {
	if len(text) > maxSchemaBytes {
		return fmt.Errorf("%w: it has more than %d bytes", errUnfit, maxSchemaBytes)
	}
	return nil
}

func (c *client) apicurioReferences(ctx context.Context, path ...string) (references []reference, err error) {
	body, err := c.get(ctx, "", path...)
	if err != nil {
		return nil, err
	}
	var given apicurioReferences
	if err := json.Unmarshal(body, &given); err != nil {
		return nil, unfitAnswer(err)
	}
	for _, r := range given {
		group := r.Group
		if group == "" {
			group = "default"
		}
		references = append(references, reference{r.Name, []string{"groups", group, "artifacts", r.Artifact, "versions", r.Version}})
	}
	return references, nil
}

// apicurioKind asks which kind of schema a text is: a content's own answer does not tell Avro
// from JSON Schema.
func (c *client) apicurioKind(ctx context.Context, id schemaID) (string, error) {
	body, err := c.get(ctx, url.Values{string(id.number): {id.text()}, "limit": {"1"}}.Encode(), "search", "versions")
	if err != nil {
		return "", err
	}
	var found struct {
		Versions []struct {
			Kind string `json:"artifactType"`
		} `json:"versions"`
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return "", unfitAnswer(err)
	}
	if len(found.Versions) == 0 {
		return "", fmt.Errorf("%w: no version of an artifact has it any more, so its type is not known", errUnfit)
	}
	return found.Versions[0].Kind, nil
}
