"""One module a stage of dvc.yaml, each with one function of the same name.

A stage function takes sections of params.yaml by their name and then, in the order of its command line in dvc.yaml, the
paths it reads and writes. `python -m fer_pipeline.stages STAGE ...` binds both.
"""
