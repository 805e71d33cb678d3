"""What surrounds a stage and never shapes what it computes: device slot, parent watch, run log, resume state.

These modules are no deps in dvc.yaml, so that touching them does not retrain a network.
"""
