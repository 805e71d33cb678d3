"""Steps of a flow as tasks: what people can repair ends them Failed with the message, without a traceback."""

from collections.abc import Callable
from typing import Any, TypeVar

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Failed

from fer_pipeline.errors import InputError

Result = TypeVar("Result")
REFUSED = "Refused"


def step(title: str, work: Callable[[], Result]) -> Result:
    """Do `work` as a task of the present flow run, named `title`.

    Raises:
        InputError: `work` did.
    """
    state: State[Any] = _step(title, work, return_state=True)
    if state.name == REFUSED:
        raise InputError(state.message or "refused")
    result: Result = state.result()
    return result


@task(name="step", task_run_name="{title}", cache_policy=NO_CACHE)
def _step(title: str, work: Callable[[], Any]) -> Any:  # noqa: ARG001  the name of the task run
    try:
        return work()
    except InputError as error:
        return Failed(name=REFUSED, message=str(error))
