"""The local stack: a Prefect server, a process work pool with its worker, and the deployments of prefect.yaml.

`control` brings it up and down; server and worker are detached processes whose pid and log files lie in .fer/stack/.
"""
