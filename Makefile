# Needs the environment of README's second line to be active.
.PHONY: check test lock

check:
	ruff check .
	mypy

test:
	pytest

lock:		# the newest versions that pyproject.toml allows, from a fresh environment
	rm -rf build/lock && python3.11 -m venv build/lock
	build/lock/bin/pip install --quiet '.[test,browser,jax,ray,s3,moto,ssh]'
	build/lock/bin/pip freeze --exclude fer-pipeline > constraints.txt
