package main

import "github.com/spf13/cobra"

func newModel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Push, activate, roll back and compare the models that customers are valued by",
		Long: `The registry in Redis holds model files, as "clvstream fit --out" writes them, by
the version that each states. Activating one brings it into force in every
consumer and publisher at once: events after that are valued by it, and all other
customers within --over. Nothing has to be configured or started again.

While a model is activated, model.file and model.name of the configuration are
not used. "activate configured" goes back to them.

  clvstream fit --from-topic --out model.yaml
  clvstream model push model.yaml
  clvstream model diff 3f2a0c1b2d3e
  clvstream model activate 3f2a0c1b2d3e --over 6h
  clvstream model list
  clvstream model rollback`,
	}
	group(cmd)
	cmd.AddCommand(newModelPush(), newModelList(), newModelActivate(), newModelRollback(), newModelDiff())
	return cmd
}
