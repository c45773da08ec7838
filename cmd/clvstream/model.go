package main

import "github.com/spf13/cobra"

func newModel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Push, activate, roll back and compare models",
		Long: `The registry in Redis holds model files, as "clvstream fit --out" writes them, under
their versions. Activating a model puts it into force in every consumer and publisher
at once. A customer with an event is revalued by it immediately, all others within
--over. No configuration changes and no restart are needed.

While a model is activated, model.file and model.name of the configuration are not
used. "activate configured" returns to them.

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
