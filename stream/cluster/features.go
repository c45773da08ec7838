package cluster

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kadm"
)

// transactionFeature is how a cluster says which transactions it has. From 2
// (Kafka 4.0) on, each transaction has its own epoch; before, one whose end is
// delayed can be lost or torn.
const (
	transactionFeature = "transaction.version"
	onceSince          = 2
)

// WarnWithoutOnce says so when the cluster cannot keep the promise that each
// change is published once.
func WarnWithoutOnce(ctx context.Context, admin *kadm.Client) error {
	version, err := transactionVersion(ctx, admin)
	if err != nil {
		return err
	}
	if version < onceSince {
		slog.WarnContext(ctx, "changes are published at least once, not exactly once: the cluster's transaction.version is below 2; upgrade to Kafka 4.0 or later and raise the feature",
			"transaction_version", version)
	}
	return nil
}

// transactionVersion is the lowest that any broker has in force; 0 where the
// feature is not known.
func transactionVersion(ctx context.Context, admin *kadm.Client) (int16, error) {
	brokers, err := admin.ApiVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask brokers for their features: %w", err)
	}
	lowest := int16(onceSince)
	for _, broker := range brokers {
		if broker.Err != nil {
			continue // it is away; those that answer speak for the cluster
		}
		version := int16(0)
		for _, feature := range broker.Raw().FinalizedFeatures {
			if feature.Name == transactionFeature {
				version = feature.MaxVersionLevel
			}
		}
		lowest = min(lowest, version)
	}
	return lowest, nil
}
