"""One run of the pipeline: what DVC knows, stages as tasks, their order, and what may happen to a run."""
